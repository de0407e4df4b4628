//! What our migrations do to the employee table: made where there is none, completed where it lacks the
//! write-back columns, and taken back as far as it was ours.

use diff::IdType;
use migrations::source::{self as table, KeyType, WriteBackColumn};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::entities::source as added;
use crate::error::{Error, is_read_only};
use crate::open::{SourceOptions, Store};
use crate::source_shape::SourceKind;

impl Store {
    /// Makes the default table, or adds the write-back columns, where that is ours to do.
    pub(crate) async fn prepare_source(&self) -> Result<Vec<String>, Error> {
        let source = &self.source;
        let mut done = Vec::new();
        if self.makes_employee_table().await? {
            let doing = Error::doing("make the employee table");
            let key = match source.options.id_type {
                IdType::Number => KeyType::Number,
                IdType::Text => KeyType::Text,
            };
            table::create_table(&source.db, &source.table_name(), key).await.map_err(doing)?;
            self.remember_added("table").await?;
            done.push(source.table_added());
            return Ok(done);
        }
        let shape = source.shape().await?;
        if !source.options.write_back || shape.kind != SourceKind::Table {
            return Ok(done);
        }
        for column in WriteBackColumn::ALL {
            let Some(theirs) = source.theirs(column.name()) else { continue };
            if source.find(&shape.columns, column.name()).is_some() {
                continue;
            }
            match table::add_column(&source.db, &source.table_name(), column, theirs).await {
                Ok(()) => self.remember_added(column.name()).await?,
                Err(error) if is_read_only(&error) => {
                    tracing::warn!(
                        column = theirs,
                        "the employee table cannot be altered, so nothing is written back"
                    );
                    return Ok(done);
                }
                Err(error) => return Err(Error::doing("add a column to the employee table")(error)),
            }
            done.push(format!("{}.{theirs}", source.options.table));
        }
        Ok(done)
    }

    /// Drops what [`Self::prepare_source`] added and nothing else.
    pub(crate) async fn unprepare_source(&self) -> Result<Vec<String>, Error> {
        let source = &self.source;
        let doing = Error::doing("take back what was added to the employee table");
        let place = source.key();
        let remembered = added::Entity::find()
            .filter(added::Column::Place.eq(&place))
            .all(&self.db)
            .await
            .map_err(&doing)?;
        let mut dropped = Vec::new();
        let shape = source.shape().await?;
        for added::Model { place: _, added } in &remembered {
            if added == "table" {
                table::drop_table(&source.db, &source.table_name()).await.map_err(&doing)?;
                dropped.push(source.table_added());
                continue;
            }
            let column = WriteBackColumn::ALL.into_iter().find(|it| it.name() == added);
            let found = source.find(&shape.columns, added);
            if let (Some(column), Some(found)) = (column, found) {
                table::drop_column(&source.db, &source.table_name(), column, &found.name)
                    .await
                    .map_err(&doing)?;
                dropped.push(format!("{}.{}", source.options.table, found.name));
            }
        }
        added::Entity::delete_many()
            .filter(added::Column::Place.eq(&place))
            .exec(&self.db)
            .await
            .map_err(doing)?;
        Ok(dropped)
    }

    /// Whether there is no employee table and it is ours to make one: under the default name, with the
    /// default columns. Another name that is not found is a mistake, not a wish.
    pub(crate) async fn makes_employee_table(&self) -> Result<bool, Error> {
        let options = &self.source.options;
        let default = options.table == SourceOptions::DEFAULT_TABLE && options.columns.is_empty();
        let ours = self.place == self.source.place || options.write_back;
        Ok(default && ours && self.source.shape().await?.kind == SourceKind::Absent)
    }

    async fn remember_added(&self, what: &str) -> Result<(), Error> {
        let row = added::ActiveModel { place: Set(self.source.key()), added: Set(what.to_owned()) };
        let doing = Error::doing("remember what was added to the employee table");
        // Dropped by hand and added again: it is remembered already.
        added::Entity::insert(row)
            .on_conflict_do_nothing_on([added::Column::Place, added::Column::Added])
            .exec_without_returning(&self.db)
            .await
            .map(drop)
            .map_err(doing)
    }

    /// Whether our migrations made the employee table.
    pub(crate) async fn made_employee_table(&self) -> Result<bool, Error> {
        let key = (self.source.key(), "table".to_owned());
        let doing = Error::doing("read what was added to the employee table");
        Ok(added::Entity::find_by_id(key).one(&self.db).await.map_err(doing)?.is_some())
    }
}
