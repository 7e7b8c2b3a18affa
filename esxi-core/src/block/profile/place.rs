use crate::block::Role;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where in a block a role stands: an offset counted from either end, or wherever the user says.
///
/// In files a number, of which 0 is the first address and -1 the last, or the word `given`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Offset from the first address: 0 is the first.
    FromFirst(u32),
    /// Offset from the last address: 0 is the last.
    FromLast(u32),
    /// The user must say which: providers hand such addresses out one by one.
    Given,
}

impl Place {
    /// Offset from the first address of a block of `count`; `None` when it is outside or given.
    pub fn offset(self, count: u128) -> Option<u128> {
        match self {
            Place::FromFirst(n) => Some(u128::from(n)).filter(|n| *n < count),
            Place::FromLast(n) => count.checked_sub(1)?.checked_sub(u128::from(n)),
            Place::Given => None,
        }
    }
}

impl From<i64> for Place {
    fn from(number: i64) -> Self {
        // Beyond 32 bits there is no place that anybody reserves; it stays outside every block.
        let far = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        if number < 0 { Place::FromLast(far(-(number + 1))) } else { Place::FromFirst(far(number)) }
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Place::FromFirst(n) => serializer.serialize_i64(i64::from(n)),
            Place::FromLast(n) => serializer.serialize_i64(-i64::from(n) - 1),
            Place::Given => serializer.serialize_str("given"),
        }
    }
}

const PLACE: &str = "an offset such as 0 (the first address) or -1 (the last), or \"given\"";

struct PlaceReader;

impl Visitor<'_> for PlaceReader {
    type Value = Place;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PLACE)
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Place, E> {
        Ok(number.into())
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Place, E> {
        Ok(i64::try_from(number).unwrap_or(i64::MAX).into())
    }
    fn visit_str<E: de::Error>(self, word: &str) -> Result<Place, E> {
        match word {
            "given" => Ok(Place::Given),
            _ => Err(E::invalid_value(de::Unexpected::Str(word), &self)),
        }
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlaceReader)
    }
}

/// Roles and their places, by role: `{ network = 0, gateway = 1, reserved = [5, 6] }`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Places(Vec<(Role, Place)>);

impl Places {
    /// True if nothing is placed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Each role with one place of it.
    pub fn iter(&self) -> impl Iterator<Item = (Role, Place)> + '_ {
        self.0.iter().copied()
    }
    /// The first place of a role.
    pub fn get(&self, role: Role) -> Option<Place> {
        self.0.iter().find(|(other, _)| *other == role).map(|(_, place)| *place)
    }
}

impl FromIterator<(Role, Place)> for Places {
    fn from_iter<I: IntoIterator<Item = (Role, Place)>>(places: I) -> Self {
        let mut places: Vec<(Role, Place)> = places.into_iter().collect();
        // Files of different kinds keep keys in different orders; the places of one role stay as they stand.
        places.sort_by_key(|(role, _)| *role);
        Places(places)
    }
}

impl Serialize for Places {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (at, (role, place)) in self.0.iter().enumerate() {
            if self.0[..at].iter().any(|(other, _)| other == role) {
                continue;
            }
            let all: Vec<Place> = self.0[at..].iter().filter(|(r, _)| r == role).map(|(_, p)| *p).collect();
            match &all[..] {
                [_] => map.serialize_entry(role, place)?,
                all => map.serialize_entry(role, all)?,
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Places {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Places;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("roles with their offsets, such as { network = 0, broadcast = -1 }")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Places, A::Error> {
                let mut places: Vec<(Role, Place)> = Vec::new();
                while let Some(role) = map.next_key::<Role>()? {
                    places.extend(map.next_value::<OneOrMore>()?.0.into_iter().map(|place| (role, place)));
                }
                Ok(places.into_iter().collect())
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

struct OneOrMore(Vec<Place>);

impl From<Place> for OneOrMore {
    fn from(place: Place) -> Self {
        OneOrMore(vec![place])
    }
}

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = OneOrMore;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{PLACE}, or a list of offsets")
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<OneOrMore, E> {
                PlaceReader.visit_i64(number).map(Into::into)
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<OneOrMore, E> {
                PlaceReader.visit_u64(number).map(Into::into)
            }
            fn visit_str<E: de::Error>(self, word: &str) -> Result<OneOrMore, E> {
                PlaceReader.visit_str(word).map(Into::into)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<OneOrMore, A::Error> {
                let mut places = Vec::new();
                while let Some(place) = items.next_element()? {
                    places.push(place);
                }
                Ok(OneOrMore(places))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}
