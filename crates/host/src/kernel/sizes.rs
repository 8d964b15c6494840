//! Files of sizes by name: a table declares the fields and the kernel's names for them.

/// Declares a struct of sizes that the kernel prints under these names, and further fields.
macro_rules! sizes {
    (
        $(#[$doc:meta])*
        pub struct $name:ident {
            $($(#[$field_doc:meta])* $field:ident = $key:literal,)*
        }
        with {
            $($(#[$further_doc:meta])* pub $further:ident: $kind:ty,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: Option<oomkit_core::units::Bytes>,)*
            $($(#[$further_doc])* pub $further: $kind,)*
        }

        impl $name {
            /// Returns the sizes that the kernel printed, under its names.
            pub fn sizes(&self) -> impl Iterator<Item = (&'static str, oomkit_core::units::Bytes)> + use<> {
                let sizes = [$(($key, self.$field),)*];
                sizes.into_iter().filter_map(|(key, size)| Some((key, size?)))
            }

            /// Returns the field that has this name.
            fn field(&mut self, key: &[u8]) -> Option<&mut Option<oomkit_core::units::Bytes>> {
                Some(match std::str::from_utf8(key).ok()? {
                    $($key => &mut self.$field,)*
                    _ => return None,
                })
            }
        }
    };
}

pub(super) use sizes;
