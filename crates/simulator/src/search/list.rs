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
        narrow::{Narrowed, narrow},
        parse::parse,
        query::Query,
        view::View,
    },
    switches::Totals,
    tenant::Tenant,
    users::{read::view, record::Record},
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
    let order = order(call)?;
    if page.is_beyond(CEILING) {
        return Err(Refusal::paging_ceiling());
    }
    let capped = tenant.switches.totals == Totals::CappedAt1000;
    let (users, total) = find(tenant.users.searchable(call.now), &query, &order, page);
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

/// In which order the matches come.
#[derive(Debug)]
enum Order {
    OldestFirst,
    NewestFirst,
    /// In that of a field, those where it is equal as if nothing had been asked for.
    By(Field, Ordering),
}

/// `field:1` or `field:-1`; metadata cannot be sorted by.
fn order(call: &Call) -> Result<Order, Refusal> {
    let about = "Field to sort by. Use field:order where order is 1 for ascending and -1 for descending";
    let Some(sort) = call.query.get("sort").filter(|it| !it.is_empty()) else {
        return Ok(Order::OldestFirst);
    };
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
        Field::Time(_) if name == "created_at" && direction == Ordering::Less => Ok(Order::OldestFirst),
        Field::Time(_) if name == "created_at" => Ok(Order::NewestFirst),
        field @ (Field::Folded(_)
        | Field::Exact(_)
        | Field::EmailDomain
        | Field::Flag(_)
        | Field::Time(_)
        | Field::LoginsCount
        | Field::Identity(_)) => Ok(Order::By(field, direction)),
    }
}

/// One page of the matches, and how many match.
fn find(view: &View, query: &Query, order: &Order, page: Page) -> (Vec<Arc<Record>>, usize) {
    let cut = Cut {
        start: usize::try_from(page.start()).expect("under the ceiling"),
        count: usize::try_from(page.per_page).expect("under the ceiling"),
    };
    match narrow(query) {
        Narrowed::Found(lookups) => {
            sift(view.found(&lookups).into_iter().filter(|it| query.matches(it)).collect(), order, cut)
        }
        Narrowed::Among(among) => {
            let Some(index) = view.index(among.connection.as_deref()) else { return (Vec::new(), 0) };
            let candidates = index.within(among.within);
            match (among.exact, order) {
                (true, Order::OldestFirst) => (cut.of(candidates), index.count(among.within)),
                (true, Order::NewestFirst) => (cut.of(candidates.rev()), index.count(among.within)),
                (true, Order::By(..)) => sift(candidates.collect(), order, cut),
                (false, _) => sift(candidates.filter(|it| query.matches(it)).collect(), order, cut),
            }
        }
    }
}

/// The part of the matches that a page shows.
#[derive(Debug, Clone, Copy)]
struct Cut {
    start: usize,
    count: usize,
}

impl Cut {
    fn of<'a>(self, users: impl Iterator<Item = &'a Arc<Record>>) -> Vec<Arc<Record>> {
        users.skip(self.start).take(self.count).cloned().collect()
    }
}

/// The page out of all matches, which come oldest first, and how many they are.
fn sift(mut matches: Vec<&Arc<Record>>, order: &Order, cut: Cut) -> (Vec<Arc<Record>>, usize) {
    let total = matches.len();
    match order {
        Order::OldestFirst => {}
        Order::NewestFirst => matches.reverse(),
        Order::By(field, direction) => {
            let mut keyed: Vec<_> =
                matches.iter().map(|it| (field.data(it).into_iter().next(), *it)).collect();
            keyed.sort_by(|(a, _), (b, _)| in_direction(compare(a.as_ref(), b.as_ref()), *direction));
            matches = keyed.into_iter().map(|(_, it)| it).collect();
        }
    }
    (cut.of(matches.into_iter()), total)
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

fn answer(users: &[Arc<Record>], fields: &Fields, page: Page, total: usize) -> Answer {
    if fields.shows_all() {
        return Answer::rendered(render(users, page, total));
    }
    let users: Vec<Value> = users.iter().map(|it| view(it, fields)).collect();
    let length = users.len();
    let mut body = page.wrap("users", users, total);
    if page.totals {
        body["length"] = json!(length);
    }
    Answer::ok(&body)
}

/// The page put together from what each user looks like already.
fn render(users: &[Arc<Record>], page: Page, total: usize) -> Vec<u8> {
    let length: usize = users.iter().map(|it| it.json().len() + 1).sum();
    let mut body = Vec::with_capacity(length + 100);
    if page.totals {
        let (start, limit, length) = (page.start(), page.per_page, users.len());
        let counts =
            format!("{{\"length\":{length},\"limit\":{limit},\"start\":{start},\"total\":{total},\"users\":");
        body.extend_from_slice(counts.as_bytes());
    }
    body.push(b'[');
    for (at, user) in users.iter().enumerate() {
        if at > 0 {
            body.push(b',');
        }
        body.extend_from_slice(user.json().as_bytes());
    }
    body.push(b']');
    if page.totals {
        body.push(b'}');
    }
    body
}
