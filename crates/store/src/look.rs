//! Looking at both databases without leaving a trace: nothing is made, nothing is changed.

use chrono::{DateTime, Utc};
use diff::Tenant;
use migrations::source::WriteBackColumn;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, TableName, UpdateStatement};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseConnection, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, TransactionTrait as _,
};

use crate::address::Address;
use crate::employee_claim::claim_row;
use crate::entities::{leases, runs};
use crate::error::{Error, Fault};
use crate::open::{Options, Store, Use, connect};
use crate::runs::{RunState, StoredRun, stored_run};
use crate::source::Source;
use crate::source_shape::SourceKind;
use crate::words::ms;

/// The two databases, each opened by itself: one of them may be there and the other not.
#[derive(Debug)]
pub struct Looked {
    /// The one with the employee table.
    pub source: Result<Store, Error>,
    /// The one with our own tables; none where it is the same.
    pub store: Option<Result<Store, Error>>,
}

/// Whether the write-back columns can be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Writable {
    /// Nothing is to be written back.
    Unwanted,
    /// It is a view.
    View,
    /// Columns are not there, by the table's names for them.
    Lacking(Vec<String>),
    /// The database does not let us.
    Refused(Fault),
    /// They can, by the table's names for them.
    Kept(Vec<String>),
}

/// Who applies a plan right now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseHeld {
    /// Who.
    pub holder: String,
    /// Until when, if it is not renewed.
    pub until: DateTime<Utc>,
}

impl Store {
    /// Opens each database for looking. Other than [`Self::open`] it makes no SQLite file.
    pub async fn look(options: Options) -> Looked {
        let Options { store_url, source_url, source, audit_keys } = options;
        let apart = source_url.filter(|it| *it != store_url);
        let rows_url = apart.as_ref().unwrap_or(&store_url);
        let opened = async |url: &str| {
            let address = Address::parse(url)?;
            Ok::<_, Error>((connect(&address, Use::Source).await?, address.place))
        };
        let rows = opened(rows_url).await;
        let whole = |db, place, rows, rows_place| {
            let source = Source::new(rows, rows_place, source.clone());
            Store { db, place, source, audit_keys: audit_keys.clone() }
        };
        if apart.is_none() {
            let source = rows.map(|(db, place)| whole(db.clone(), place.clone(), db, place));
            return Looked { source, store: None };
        }
        // What could not be opened is not asked for: each side stands in for the other where it must.
        match (rows, opened(&store_url).await) {
            (Ok((rows, rows_place)), Ok((db, place))) => {
                let store = whole(db, place, rows, rows_place);
                Looked { source: Ok(store.clone()), store: Some(Ok(store)) }
            }
            (Ok((rows, place)), Err(error)) => Looked {
                source: Ok(whole(rows.clone(), place.clone(), rows, place)),
                store: Some(Err(error)),
            },
            (Err(error), Ok((db, place))) => {
                Looked { source: Err(error), store: Some(Ok(whole(db.clone(), place.clone(), db, place))) }
            }
            (Err(error), Err(other)) => Looked { source: Err(error), store: Some(Err(other)) },
        }
    }

    /// The table's name for a column of ours; none where the configuration says that it has none.
    pub fn column_name<'a>(&'a self, ours: &'a str) -> Option<&'a str> {
        self.source.theirs(ours)
    }

    /// Whether the audit is chained with a key of one's own.
    pub fn has_audit_key(&self) -> bool {
        self.audit_keys.id().is_some()
    }

    /// Whether the write-back columns can be kept: an update of no row is tried, and taken back.
    pub async fn writable(&self) -> Result<Writable, Error> {
        if !self.source.options.write_back {
            return Ok(Writable::Unwanted);
        }
        let shape = self.source.shape().await?;
        if shape.kind == SourceKind::View {
            return Ok(Writable::View);
        }
        let wanted = WriteBackColumn::ALL.map(WriteBackColumn::name);
        let wanted: Vec<(&str, &str)> =
            wanted.into_iter().filter_map(|ours| Some((ours, self.source.theirs(ours)?))).collect();
        let lacking = wanted.iter().filter(|(ours, _)| self.source.find(&shape.columns, ours).is_none());
        let lacking: Vec<String> = lacking.map(|(_, theirs)| (*theirs).to_owned()).collect();
        if !lacking.is_empty() {
            return Ok(Writable::Lacking(lacking));
        }
        let found = wanted.iter().filter_map(|(ours, _)| self.source.find(&shape.columns, ours));
        let names: Vec<String> = found.map(|it| it.name.clone()).collect();
        Ok(match try_write(&self.source.db, self.source.table_name(), &names).await {
            Ok(()) => Writable::Kept(names),
            Err(error) => Writable::Refused(Fault::from(error)),
        })
    }

    /// Whether our own tables can be written, tried in the same way.
    pub async fn try_store(&self) -> Result<(), Error> {
        let names = ["tenant".to_owned()];
        let tried = try_write(&self.db, TableName::from("rollcall_tenant"), &names).await;
        tried.map_err(Error::doing("write to the store"))
    }

    /// Who holds the lease, if anybody does at that moment.
    pub async fn lease_held(&self, tenant: &Tenant, now: DateTime<Utc>) -> Result<Option<LeaseHeld>, Error> {
        let held = self.lease_as_it_stands(tenant).await?.filter(|it| it.expires_at > ms(now));
        Ok(held.map(|it| LeaseHeld { holder: it.holder, until: it.expires_at }))
    }

    /// The runs that say they are running, and do not: nobody holds what they need, or somebody else does.
    /// The next one to take it settles them.
    pub async fn left_open(&self, tenant: &Tenant, now: DateTime<Utc>) -> Result<Vec<StoredRun>, Error> {
        let rows = runs::Entity::find()
            .filter(runs::Column::Tenant.eq(tenant.as_str()))
            .filter(runs::Column::State.eq(RunState::Running.word()))
            .order_by_asc(runs::Column::Id);
        let rows = rows.all(&self.db).await.map_err(Error::doing("read which runs are under way"))?;
        let lease = self.lease_as_it_stands(tenant).await?.map(|it| (it.fence, it.expires_at));
        let mut open = Vec::new();
        for row in rows {
            let fence = row.fence;
            let run = stored_run(row)?;
            let held = match &run.employee {
                None => lease,
                Some(it) => claim_row(&self.db, tenant, it).await?.map(|it| (it.fence, it.expires_at)),
            };
            if held.is_none_or(|(now_held, until)| now_held != fence || until <= ms(now)) {
                open.push(run);
            }
        }
        Ok(open)
    }

    async fn lease_as_it_stands(&self, tenant: &Tenant) -> Result<Option<leases::Model>, Error> {
        let row = leases::Entity::find_by_id(tenant.as_str()).one(&self.db).await;
        row.map_err(Error::doing("read the lease"))
    }
}

/// Asks for the right to write, as writing does: the rights of a role, of a replica and of a file are told in
/// no other way on all three databases.
async fn try_write(db: &DatabaseConnection, table: TableName, columns: &[String]) -> Result<(), DbErr> {
    let mut update: UpdateStatement = Query::update().table(table).take();
    for column in columns {
        update.value(column.clone(), Expr::col(column.clone()));
    }
    update.and_where(Expr::val(1).eq(0));
    let transaction = db.begin().await?;
    transaction.execute(&update).await?;
    transaction.rollback().await
}
