//! An invented company: always the same people for the same size.

use std::fmt::Write as _;

/// Somebody in the employee table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) id: u32,
    pub(super) given_name: &'static str,
    pub(super) family_name: String,
    pub(super) email: String,
    pub(super) department: &'static str,
    pub(super) role_code: &'static str,
    pub(super) status: &'static str,
}

/// Names, and how an address writes them.
const GIVEN: [(&str, &str); 32] = [
    ("Ada", "ada"),
    ("Bruno", "bruno"),
    ("Chidi", "chidi"),
    ("Dalia", "dalia"),
    ("Emre", "emre"),
    ("Fatima", "fatima"),
    ("Grace", "grace"),
    ("Hannah", "hannah"),
    ("Ivo", "ivo"),
    ("Jana", "jana"),
    ("Kwame", "kwame"),
    ("Lucía", "lucia"),
    ("Marek", "marek"),
    ("Nadia", "nadia"),
    ("Oskar", "oskar"),
    ("Priya", "priya"),
    ("Quentin", "quentin"),
    ("Renée", "renee"),
    ("Samira", "samira"),
    ("Tomás", "tomas"),
    ("Ulrike", "ulrike"),
    ("Vera", "vera"),
    ("Wim", "wim"),
    ("Ximena", "ximena"),
    ("Yusuf", "yusuf"),
    ("Zoë", "zoe"),
    ("Aiko", "aiko"),
    ("Björn", "bjorn"),
    ("Carmen", "carmen"),
    ("Dmitri", "dmitri"),
    ("Élise", "elise"),
    ("Femi", "femi"),
];
const FAMILY: [(&str, &str); 37] = [
    ("Okafor", "okafor"),
    ("Lindqvist", "lindqvist"),
    ("Moreau", "moreau"),
    ("Haddad", "haddad"),
    ("Kowalska", "kowalska"),
    ("Bianchi", "bianchi"),
    ("O'Neill", "oneill"),
    ("Tanaka", "tanaka"),
    ("Novák", "novak"),
    ("Sharma", "sharma"),
    ("García", "garcia"),
    ("Weber", "weber"),
    ("Yılmaz", "yilmaz"),
    ("Mensah", "mensah"),
    ("Dubois", "dubois"),
    ("Silva", "silva"),
    ("Jensen", "jensen"),
    ("Petrov", "petrov"),
    ("Rossi", "rossi"),
    ("Nguyen", "nguyen"),
    ("Castillo", "castillo"),
    ("Fischer", "fischer"),
    ("Khan", "khan"),
    ("Larsen", "larsen"),
    ("Popescu", "popescu"),
    ("Adeyemi", "adeyemi"),
    ("Brandt", "brandt"),
    ("Costa", "costa"),
    ("Ferrari", "ferrari"),
    ("Horvat", "horvat"),
    ("Ivanova", "ivanova"),
    ("Janssen", "janssen"),
    ("Keller", "keller"),
    ("Mbeki", "mbeki"),
    ("Olsen", "olsen"),
    ("Ramos", "ramos"),
    ("Sato", "sato"),
];
const DEPARTMENTS: [&str; 5] = ["Printing", "Embroidery", "Packing", "Shipping", "Customer Care"];

impl Person {
    pub(super) fn full_name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }

    /// How the id of the person's user ends in the demo's tenant.
    pub(super) fn user_id(&self) -> String {
        format!("auth0|{:024x}", 0x0de_0000_u64 + u64::from(self.id))
    }
}

/// The first `size` people, settled: nobody has joined, moved or left yet.
///
/// 32 given and 37 family names share no divisor, so that no name comes twice in the first 1,184.
pub(super) fn people(size: u32) -> Vec<Person> {
    (1..=size).map(person).collect()
}

fn person(id: u32) -> Person {
    let at = id as usize - 1;
    let (given_name, given) = GIVEN[at % GIVEN.len()];
    let (family_name, family) = FAMILY[(at / GIVEN.len() + at) % FAMILY.len()];
    let role_code = match id {
        1..=3 => "admin",
        _ if id.is_multiple_of(20) => "manager",
        _ if id % 10 == 5 => "team_lead",
        _ => "associate",
    };
    Person {
        id,
        given_name,
        family_name: family_name.to_owned(),
        email: format!("{given}.{family}@example.com"),
        department: DEPARTMENTS[at % DEPARTMENTS.len()],
        role_code,
        status: "active",
    }
}

/// The file that `employees import` reads.
pub(super) fn csv(people: &[Person]) -> String {
    let header = "id,email,full_name,given_name,family_name,department,role_code,status,starts_on,ends_on\n";
    people.iter().fold(header.to_owned(), |mut csv, it| {
        let Person { id, given_name, family_name, email, department, role_code, status } = it;
        let full_name = it.full_name();
        writeln!(csv, "{id},{email},{full_name},{given_name},{family_name},{department},{role_code},{status},2024-02-01,")
            .expect("writing to a string cannot fail");
        csv
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nobody_has_anothers_name_or_address() {
        let people = people(1000);
        let names: BTreeSet<String> = people.iter().map(Person::full_name).collect();
        let emails: BTreeSet<&str> = people.iter().map(|it| it.email.as_str()).collect();
        assert_eq!((names.len(), emails.len()), (1000, 1000));
    }
}
