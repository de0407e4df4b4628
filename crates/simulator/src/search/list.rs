//! `GET /users`.

use std::{cmp::Ordering, sync::Arc};

use serde_json::{Value, json};

use crate::{
    answer::Answer,
    call::Call,
    error::Refusal,
    params::{Fields, Page, invalid},
    search::{
        field::{Datum, Field},
        parse::parse,
        query::{Narrowed, Query, narrow},
        view::View,
    },
    state::User,
    switches::Totals,
    tenant::Tenant,
    users::read::view,
};

/// No page may reach beyond this many records, however many there are.
const CEILING: u64 = 1000;

/// Answers from the trailing view: what was written just now may be missing, stale, or still there.
pub(crate) fn list(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let page = Page::read(&call.query, 0, tenant.switches.per_page_max, 50)?;
    let fields = Fields::read(&call.query)?;
    check_engine(call)?;
    let query = call.query.get("q").unwrap_or_default();
    let query = parse(query).map_err(|error| unreadable(&error.to_string()))?;
    let sort = sort(call)?;
    if page.is_beyond(CEILING) {
        return Err(Refusal::paging_ceiling());
    }
    let capped = tenant.switches.totals == Totals::CappedAt1000;
    let (users, total) = find(tenant.users.searchable(call.now), &query, sort, page);
    let total = if capped { total.min(1000) } else { total };
    Ok(answer(&users, &fields, page, total))
}

fn check_engine(call: &Call) -> Result<(), Refusal> {
    let bad = |message: &str| Err(Refusal::bad_request(message, "invalid_query_string"));
    match call.query.get("search_engine") {
        None | Some("v3") => Ok(()),
        Some("v1") => bad("You are not allowed to use search_engine=v1."),
        Some("v2") => bad("You are not allowed to use search_engine=v2. Use search_engine=v3 instead."),
        Some(other) => Err(invalid(
            &format!("No enum match for: {other}"),
            "search_engine",
            "The version of the search engine",
        )),
    }
}

fn unreadable(why: &str) -> Refusal {
    Refusal::bad_request(&format!("The query is not valid: {why}."), "invalid_query_string")
}

/// `field:1` or `field:-1`; metadata cannot be sorted by.
fn sort(call: &Call) -> Result<Option<(Field, Ordering)>, Refusal> {
    let about = "Field to sort by. Use field:order where order is 1 for ascending and -1 for descending";
    let Some(sort) = call.query.get("sort").filter(|it| !it.is_empty()) else { return Ok(None) };
    let malformed = || invalid(&format!("String does not match pattern: {sort}"), "sort", about);
    let (name, direction) = sort.rsplit_once(':').ok_or_else(malformed)?;
    let direction = match direction {
        "1" => Ordering::Less,
        "-1" => Ordering::Greater,
        _ => return Err(malformed()),
    };
    match Field::named(name) {
        Field::AppMetadata(_) | Field::UserMetadata(_) | Field::Unknown => {
            Err(invalid(&format!("Sorting by {name} is not supported"), "sort", about))
        }
        field @ (Field::Folded(_)
        | Field::Exact(_)
        | Field::EmailDomain
        | Field::Flag(_)
        | Field::Time(_)
        | Field::LoginsCount
        | Field::Identity(_)) => Ok(Some((field, direction))),
    }
}

/// One page of the matches, and how many match.
fn find(view: &View, query: &Query, sort: Option<(Field, Ordering)>, page: Page) -> (Vec<Arc<User>>, usize) {
    let candidates: Box<dyn Iterator<Item = &Arc<User>>> = match narrow(query) {
        Narrowed::Everybody => Box::new(view.all()),
        Narrowed::Created { from, to } => Box::new(view.created_within(from, to)),
        Narrowed::Ids(ids) => Box::new(sorted(ids.iter().filter_map(|it| view.with_id(it)).collect())),
        Narrowed::Emails(emails) => {
            Box::new(sorted(emails.iter().flat_map(|it| view.with_email(it)).collect()))
        }
    };
    let start = usize::try_from(page.start()).expect("under the ceiling");
    let count = usize::try_from(page.per_page).expect("under the ceiling");
    if let (None, Query::Everybody) = (&sort, query) {
        return (candidates.skip(start).take(count).cloned().collect(), view.len());
    }
    let mut matches: Vec<&Arc<User>> = candidates.filter(|it| query.matches(it)).collect();
    let total = matches.len();
    if let Some((field, direction)) = sort {
        let mut keyed: Vec<_> = matches.iter().map(|it| (field.data(it).into_iter().next(), *it)).collect();
        keyed.sort_by(|(a, _), (b, _)| in_direction(compare(a.as_ref(), b.as_ref()), direction));
        matches = keyed.into_iter().map(|(_, it)| it).collect();
    }
    (matches.into_iter().skip(start).take(count).cloned().collect(), total)
}

/// Candidates from an index, in the order of everything else, each once.
fn sorted(mut users: Vec<&Arc<User>>) -> impl Iterator<Item = &Arc<User>> {
    users.sort_by(|a, b| (a.created_at, &a.user_id).cmp(&(b.created_at, &b.user_id)));
    users.dedup_by(|a, b| a.user_id == b.user_id);
    users.into_iter()
}

fn in_direction(order: Ordering, direction: Ordering) -> Ordering {
    if direction == Ordering::Greater { order.reverse() } else { order }
}

/// A user without the field comes before those that have it.
fn compare(a: Option<&Datum>, b: Option<&Datum>) -> Ordering {
    match (a, b) {
        (Some(Datum::Text(a)), Some(Datum::Text(b))) => a.cmp(b),
        (Some(Datum::Number(a)), Some(Datum::Number(b))) => a.total_cmp(b),
        (Some(Datum::Time(a)), Some(Datum::Time(b))) => a.cmp(b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn answer(users: &[Arc<User>], fields: &Fields, page: Page, total: usize) -> Answer {
    if fields.shows_all() && !page.totals {
        let users: Vec<&User> = users.iter().map(|it| &**it).collect();
        return Answer::ok(&users);
    }
    let users: Vec<Value> = users.iter().map(|it| view(it, fields)).collect();
    let length = users.len();
    let mut body = page.wrap("users", users, total);
    if page.totals {
        body["length"] = json!(length);
    }
    Answer::ok(&body)
}
