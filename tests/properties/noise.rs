//! What stands before a report does not matter: the prefilter passes over it and finds the report.

use serde_json::Value;

use crate::support::{Complaints, decode, differences, logs, samples};

/// More lines than are read at the head of an input whatever they say.
const LINES: u64 = 300;

/// Lines of daemons that no word of the prefilter is in.
fn noise() -> Vec<u8> {
    (0..LINES)
        .flat_map(|number| {
            format!("node-7 app[{number}]: processed {number} records of /srv/jobs in 7 ms\n").into_bytes()
        })
        .collect()
}

/// Takes the noise out of what an event says of lines.
fn without_noise(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(without_noise),
        Value::Object(fields) => {
            // Remarks name lines in their words.
            fields.remove("notes");
            for (key, value) in fields {
                match value.as_u64().filter(|_| matches!(key.as_str(), "line" | "first_line" | "last_line")) {
                    Some(line) => *value = line.saturating_sub(LINES).into(),
                    None => without_noise(value),
                }
            }
        }
        _ => {}
    }
}

fn events(bytes: &[u8]) -> Vec<Value> {
    decode(bytes).events.iter().map(|event| serde_json::to_value(event).unwrap()).collect()
}

#[test]
fn noise_before_a_report_changes_nothing() {
    let mut c = Complaints::default();
    let samples: Vec<_> = ["shapes", "negatives"].iter().flat_map(|name| samples(name)).collect();
    let samples = samples.iter().map(|sample| (&*sample.file, &*sample.bytes));
    let logs = logs().map(|(_, log)| (&*log.file, &*log.bytes));
    for (file, bytes) in logs.chain(samples) {
        let mut plain = events(bytes);
        plain.iter_mut().for_each(|event| {
            event.as_object_mut().unwrap().remove("notes");
        });
        let mut noisy = events(&[&noise(), bytes].concat());
        noisy.iter_mut().for_each(without_noise);
        c.same(file, "events", noisy.len(), plain.len());
        for (number, (noisy, plain)) in noisy.iter().zip(&plain).enumerate() {
            let differences = differences(noisy, plain);
            if let Some(first) = differences.first() {
                c.add(file, format!("event {number}: {first}"));
            }
            c.checked();
        }
    }
    c.settle();
}
