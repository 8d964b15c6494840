//! Whole numbers of MiB, as Nomad and ECS count; ECS also takes them as texts.

use oomkit_core::units::Bytes;

use super::{Amount, Scalar};

/// Reads a count of MiB given as a number.
#[must_use]
pub fn count(scalar: &Scalar<'_>) -> Amount {
    match scalar {
        Scalar::Int(-1) => Amount::Unlimited,
        Scalar::Int(0) => Amount::void("zero is no limit"),
        Scalar::Int(number) => mebibytes(*number),
        Scalar::Text(text) => match text.parse::<i128>() {
            Ok(number) => count(&Scalar::Int(number)),
            Err(_) => Amount::refused("a size is a whole number of MiB here, without a unit"),
        },
        Scalar::Null => Amount::void("the key has no value, which sets no limit"),
        Scalar::Float(_) | Scalar::Bool(_) => {
            Amount::refused("a size is a whole number of MiB here, without a unit")
        }
    }
}

/// Reads the memory of an ECS task, which may also be given as `2 GB`.
#[must_use]
pub fn task(scalar: &Scalar<'_>) -> Amount {
    if let Scalar::Text(text) = scalar
        && let Some(number) = text.to_ascii_lowercase().strip_suffix("gb").map(str::trim_end)
    {
        return match number.parse::<f64>() {
            Ok(number) if (0.001..1e6).contains(&number) => {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "the range was checked a line above"
                )]
                let mebi = (number * 1024.0) as u32;
                Amount::Size(Bytes::new(u64::from(mebi) << 20))
            }
            _ => Amount::refused("the number before GB cannot be read"),
        };
    }
    count(scalar)
}

fn mebibytes(number: i128) -> Amount {
    match u64::try_from(number) {
        Ok(number) if number <= (i64::MAX.unsigned_abs() >> 20) => Amount::Size(Bytes::new(number << 20)),
        Ok(_) => Amount::refused("the number is larger than any machine"),
        Err(_) => Amount::refused("a negative size is refused"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_mebibytes() {
        for (scalar, expected) in [
            (Scalar::Int(512), Amount::Size(Bytes::new(512 << 20))),
            (Scalar::Text("512".into()), Amount::Size(Bytes::new(512 << 20))),
            (Scalar::Int(-1), Amount::Unlimited),
        ] {
            assert_eq!(count(&scalar), expected, "{scalar:?}");
        }
        assert!(matches!(count(&Scalar::Int(0)), Amount::Void(_)));
        for scalar in
            [Scalar::Text("512m".into()), Scalar::Int(-5), Scalar::Float(1.5), Scalar::Int(i128::MAX)]
        {
            assert!(matches!(count(&scalar), Amount::Refused(_)), "{scalar:?}");
        }
        for text in ["2 GB", "2GB", "2048"] {
            assert_eq!(task(&Scalar::Text(text.into())), Amount::Size(Bytes::new(2 << 30)), "{text}");
        }
    }
}
