//! CSV files as people really send them.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use warmline_domain::import::{Column, ContactReader, ImportOptions, ImportRow, LineProblem};
use warmline_domain::{Consent, NewContact, NumberRule, Region};

fn local() -> ImportOptions {
    ImportOptions::new(NumberRule::Local)
}

fn us() -> ImportOptions {
    ImportOptions::new(NumberRule::International { region: Some(Region::parse("US").unwrap()) })
}

fn read(bytes: &[u8], options: &ImportOptions) -> (Vec<NewContact>, Vec<LineProblem>) {
    let (mut contacts, mut problems) = (Vec::new(), Vec::new());
    for row in ContactReader::new(bytes, options).unwrap() {
        match row.unwrap() {
            ImportRow::Contact(contact) => contacts.push(*contact),
            ImportRow::Problem(problem) => problems.push(problem),
        }
    }
    (contacts, problems)
}

fn refused(bytes: &[u8], options: &ImportOptions) -> String {
    ContactReader::new(bytes, options).err().unwrap().to_string()
}

#[test]
fn a_plain_file() {
    let (contacts, problems) =
        read(b"first_name,phone,Appointment Time,consent\nAnn,7001,\"10:30, Monday\",yes\n", &local());
    assert_eq!(problems, []);
    let ann = &contacts[0];
    assert_eq!((ann.line, ann.number.as_str(), ann.name.as_str(), ann.consent), (2, "7001", "Ann", Consent::Given));
    let expected = [("appointment_time", "10:30, Monday"), ("first_name", "Ann"), ("name", "Ann")];
    assert_eq!(ann.variables, BTreeMap::from(expected.map(|(k, v)| (k.to_owned(), v.to_owned()))));
}

#[test]
fn a_german_spreadsheet_with_byte_order_mark_and_semicolons() {
    let text = "\u{feff}Vorname;Nachname;Telefon;Zeitzone;Betrag\r\nJörg;Groß;030 901820;Europe/Berlin;12,50\r\n";
    let options = ImportOptions::new(NumberRule::International { region: Some(Region::parse("de").unwrap()) });
    let (contacts, problems) = read(text.as_bytes(), &options);
    assert_eq!(problems, []);
    let joerg = &contacts[0];
    assert_eq!((joerg.name.as_str(), joerg.number.as_str()), ("Jörg Groß", "+4930901820"));
    assert_eq!(joerg.time_zone, Some(chrono_tz::Europe::Berlin));
    assert_eq!(joerg.variables["betrag"], "12,50");
    assert_eq!(joerg.variables["first_name"], "Jörg");
    assert_eq!(joerg.variables["vorname"], "Jörg");
}

#[test]
fn tabs_and_pipes_are_recognised() {
    for separator in ["\t", "|"] {
        let text = ["phone", "time\n7001", "nine\n"].join(separator);
        let (contacts, _) = read(text.as_bytes(), &local());
        assert_eq!(contacts[0].variables["time"], "nine");
    }
}

#[test]
fn each_bad_line_is_named_and_the_rest_is_imported() {
    let mut file = b"name,phone,time_zone\n".to_vec();
    file.extend_from_slice(b"Ann,202-456-1111,\n"); // 2
    file.extend_from_slice(b"Bob,not a number,\n"); // 3
    file.extend_from_slice(b"Cec\xFFil,202-456-1112,\n"); // 4
    file.extend_from_slice(b"Dan,+1 202 456 1111,\n"); // 5, the number of line 2
    file.extend_from_slice(b"Eve,202-456-1113\n"); // 6
    file.extend_from_slice(b"Fay,202-456-1114,,extra\n"); // 7
    file.extend_from_slice(b"Gus,202-456-1115,Mars/Olympus\n"); // 8
    file.extend_from_slice(b"Hal,,\n"); // 9
    file.extend_from_slice(b"\"Ida\nMay\",202-456-1116,America/New_York\n"); // 10 and 11
    file.extend_from_slice(b"Jon,\"202-456-1117,\n"); // 12, never closed
    file.extend_from_slice(b"Kim,202-456-1118,,,\n"); // 13, spreadsheets leave empty cells behind
    let (contacts, problems) = read(&file, &us());
    let names: Vec<_> = contacts.iter().map(|c| (c.line, c.name.as_str())).collect();
    assert_eq!(names, [(2, "Ann"), (10, "Ida May"), (13, "Kim")]);
    let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "line 3, phone: this is not a phone number",
            "line 4, name: broken UTF-8; save the file as CSV (UTF-8)",
            "line 5: the same number as line 2",
            "line 6: 2 fields, but the header names 3",
            "line 7: 4 fields, but the header names 3",
            "line 8, time_zone: `Mars/Olympus` is not a time zone, such as Europe/Berlin",
            "line 9, phone: the number is empty",
            "line 12: a quote is opened and never closed",
        ]
    );
    assert!(problems.iter().all(|p| !p.imported));
}

#[test]
fn unclear_consent_is_unknown_and_said_so() {
    let (contacts, problems) = read(b"phone,consent\n7001,perhaps\n7002,2025-01-31\n7003,no\n7004,\n", &local());
    let consents: Vec<_> = contacts.iter().map(|c| c.consent).collect();
    assert_eq!(consents, [Consent::Unknown, Consent::Given, Consent::Refused, Consent::Unknown]);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].imported && problems[0].line == 2);
}

#[test]
fn files_that_are_no_contact_list_say_what_they_are() {
    assert!(refused(b"", &local()).contains("empty"));
    assert!(refused(b"\n\n", &local()).contains("empty"));
    assert!(refused(b"PK\x03\x04rest", &local()).contains("spreadsheet"));
    assert!(refused(b"\xFF\xFEp\0h\0", &local()).contains("UTF-16"));
    assert!(refused(b"phone\0\0\0", &local()).contains("binary"));
    assert!(refused(b"name,mail\nAnn,a@b.c\n", &local()).contains("`name`, `mail`"));
}

#[test]
fn a_column_can_be_named_by_hand() {
    let mut options = local();
    options.columns.insert("Contact No.".into(), Column::Phone);
    let (contacts, _) = read(b"Contact No.,x\n7001,y\n", &options);
    assert_eq!(contacts[0].number.as_str(), "7001");
    options.columns.insert("Nonsense".into(), Column::Name);
    assert!(refused(b"Contact No.,x\n7001,y\n", &options).contains("no column `Nonsense`"));
}

#[test]
fn the_variables_announced_are_the_variables_found() {
    let text = b"vorname,phone,time,consent,,plz\nAnn,7001,nine,yes,ignored,10115\n";
    let mut reader = ContactReader::new(&text[..], &local()).unwrap();
    let mut announced = reader.variables();
    let Some(Ok(ImportRow::Contact(contact))) = reader.next() else { panic!("no contact") };
    announced.sort();
    let found: Vec<_> = contact.variables.into_keys().collect();
    assert_eq!(announced, found);
}

#[test]
fn a_disk_that_fails_ends_the_import_with_an_error() {
    struct Fails(bool);
    impl std::io::Read for Fails {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            if self.0 {
                return Err(std::io::Error::other("bad sector"));
            }
            self.0 = true;
            // A whole chunk, so that the failure comes after the header was read.
            let text = b"phone\n".iter().chain(b"7001,\n".iter().cycle());
            out.iter_mut().zip(text).for_each(|(o, b)| *o = *b);
            Ok(out.len())
        }
    }
    let rows: Vec<_> = ContactReader::new(Fails(false), &local()).unwrap().collect();
    assert!(rows.last().unwrap().as_ref().unwrap_err().to_string().contains("bad sector"));
}

/// Damaged and hostile files end in rows and problems, never in a panic or an endless loop, and no line
/// is claimed that the file does not have.
#[test]
fn damaged_files_are_survived() {
    let good = "\u{feff}name;phone;zeit;consent\r\n\"Ann \"\"A\"\"\";7001;neun;ja\r\nBob;7002;\"zehn\nUhr\";nein\r\n";
    let noise: [&[u8]; 8] = [b"\"", b";", b"\r", b"\n", b"\xFF", b"\0", b"\xEF\xBB\xBF", b"\"\"\""];
    let mut random: u64 = 7;
    let mut draw = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    };
    for _ in 0..3_000 {
        let mut bytes = good.as_bytes().to_vec();
        for _ in 0..=draw(6) {
            let at = draw(bytes.len() + 1);
            match draw(3) {
                0 => bytes.truncate(at),
                1 => drop(bytes.splice(at..at, noise[draw(8)].iter().copied())),
                _ => drop(bytes.drain(at..bytes.len().min(at + draw(20)))),
            }
        }
        let lines = 1 + bytes.iter().filter(|b| matches!(b, b'\r' | b'\n')).count() as u64;
        let Ok(reader) = ContactReader::new(&bytes[..], &local()) else { continue };
        for (count, row) in reader.enumerate() {
            let line = match row.unwrap() {
                ImportRow::Contact(contact) => contact.line,
                ImportRow::Problem(problem) => problem.line,
            };
            assert!(count < 2 * bytes.len() && (1..=lines).contains(&line), "line {line} of {lines}: {bytes:?}");
        }
    }
}
