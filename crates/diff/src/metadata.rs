//! Metadata of a user: a few keys with their values.

use std::fmt;
use std::sync::Arc;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::shared::shared;

/// First-level keys of `user_metadata` or `app_metadata`, sorted. Auth0 merges no deeper than this.
///
/// Most users have two or three keys, and a company has two of these for each: a tree's node, made for eleven
/// entries, would be most of what a hundred thousand users take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata(Vec<(Arc<str>, Value)>);

impl Metadata {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        // Few, and of different lengths: looking through is quicker than halving.
        self.0.iter().find(|(it, _)| **it == *key).map(|(_, value)| value)
    }

    /// Puts a value in, and gives the one that was there.
    pub fn insert(&mut self, key: impl AsRef<str>, value: Value) -> Option<Value> {
        let key = key.as_ref();
        match self.place(key) {
            Ok(at) => Some(std::mem::replace(&mut self.0[at].1, value)),
            Err(at) => {
                self.0.insert(at, (shared(key), value));
                None
            }
        }
    }

    /// Takes a key out.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.place(key).ok().map(|at| self.0.remove(at).1)
    }

    /// The entries, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (&**key, value))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn place(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(it, _)| (**it).cmp(key))
    }
}

impl<K: AsRef<str>> FromIterator<(K, Value)> for Metadata {
    fn from_iter<T: IntoIterator<Item = (K, Value)>>(entries: T) -> Self {
        let mut metadata = Self::default();
        for (key, value) in entries {
            metadata.insert(key, value);
        }
        metadata.0.shrink_to_fit();
        metadata
    }
}

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Metadata;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Metadata, A::Error> {
                let mut metadata = Metadata::default();
                while let Some((Key(key), value)) = map.next_entry()? {
                    metadata.insert(key, value);
                }
                metadata.0.shrink_to_fit();
                Ok(metadata)
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

/// A key, of which there is one copy.
struct Key(Arc<str>);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E>(self, text: &str) -> Result<Key, E> {
                Ok(Key(shared(text)))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_is_a_map_in_the_order_of_its_keys() {
        let read: Metadata = serde_json::from_str(r#"{"b": 1, "a": "x", "b": 2}"#).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), r#"{"a":"x","b":2}"#, "the last of a kind stands");
        assert_eq!(serde_json::to_string(&Metadata::default()).unwrap(), "{}");
        let mut changed = read.clone();
        assert_eq!((changed.insert("b", json!(3)), changed.insert("c", json!(4))), (Some(json!(2)), None));
        assert_eq!((changed.remove("a"), changed.remove("a")), (Some(json!("x")), None));
        assert_eq!((changed.get("b"), changed.get("a")), (Some(&json!(3)), None));
        assert_eq!(changed, [("c", json!(4)), ("b", json!(3))].into_iter().collect());
        assert!(serde_json::from_str::<Metadata>("[]").is_err());
    }
}
