//! The one story on the real clock: the heart beats, and stops.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use schedule::Runner;

use crate::world::{Replica, Table, quick};

/// A beat comes each second; this is what a busy machine may need.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn the_heart_beats_until_it_is_stopped() {
    let table: Arc<Table> = Arc::default();
    let replica = Replica::new("one", &table);
    let runner = Runner::new(replica, vec![quick("s", "* * * * * *")], Utc::now).unwrap();
    runner.start().await.unwrap();
    runner.start().await.unwrap();
    let two_ticks = async {
        while table.len() < 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, two_ticks).await.unwrap();
    runner.stop(PATIENCE).await.unwrap();
    assert_eq!(runner.going(), None);
    let ticks = table.len();
    tokio::time::sleep(Duration::from_millis(1_600)).await;
    assert_eq!(table.len(), ticks);
}
