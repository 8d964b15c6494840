//! Names of units: where their files lie, which drop-ins they take, which slices they are in.
//!
//! Source: `unit_file_find_dirs()` and `slice_build_parent_slice()` of systemd.

/// Folders that units are looked for in, strongest first.
const FOLDERS: &[&str] = &[
    "etc/systemd/system",
    "run/systemd/system",
    "usr/local/lib/systemd/system",
    "usr/lib/systemd/system",
    "lib/systemd/system",
    ".config/systemd/user",
    "etc/systemd/user",
    "run/systemd/user",
    "usr/local/share/systemd/user",
    "usr/share/systemd/user",
    "usr/local/lib/systemd/user",
    "usr/lib/systemd/user",
    "lib/systemd/user",
];

/// Kinds of units that are read.
const KINDS: &[&str] = &["service", "slice"];

/// Where a unit file lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sources) struct Spot {
    /// The machine or folder that it belongs to; files of one machine are read together.
    pub(in crate::sources) machine: String,
    /// The rank of its folder; the smallest is the strongest.
    pub(in crate::sources) rank: usize,
    /// What it is about: a unit, or all units that a drop-in's folder names.
    pub(in crate::sources) unit: String,
    /// The name of a drop-in; a unit file has none.
    pub(in crate::sources) drop_in: Option<String>,
}

/// Returns where a file lies; `None` where it is no unit file.
pub(super) fn spot(path: &str) -> Option<Spot> {
    spot_among(path, FOLDERS, KINDS)
}

/// Returns where a file lies, by the folders and kinds of units that are looked for.
pub(in crate::sources) fn spot_among(path: &str, folders: &[&str], kinds: &[&str]) -> Option<Spot> {
    let is_unit = |name: &str| {
        name.rsplit_once('.').is_some_and(|(stem, kind)| !stem.is_empty() && kinds.contains(&kind))
    };
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if let Some(of) = folder.rsplit('/').next().and_then(|folder| folder.strip_suffix(".d")) {
        if !name.ends_with(".conf") || !is_unit(of) && !kinds.contains(&of) {
            return None;
        }
        let above = folder.rsplit_once('/').map_or("", |(above, _)| above);
        let (machine, rank) = place(above, folders);
        return Some(Spot { machine, rank, unit: of.into(), drop_in: Some(name.into()) });
    }
    let (machine, rank) = place(folder, folders);
    is_unit(name).then(|| Spot { machine, rank, unit: name.into(), drop_in: None })
}

/// Returns the machine of a folder and the folder's rank on it.
fn place(folder: &str, folders: &[&str]) -> (String, usize) {
    let known = folders.iter().enumerate().find_map(|(rank, known)| {
        let before = folder.strip_suffix(known)?;
        (before.is_empty() || before.ends_with('/')).then(|| {
            // Units of users are not those of the system.
            let is_user = known.ends_with("user") || known.ends_with("users") || known.starts_with(".config");
            let manager = if is_user { "user" } else { "system" };
            (format!("{before} {manager}"), rank)
        })
    });
    known.unwrap_or_else(|| (folder.to_owned(), 0))
}

/// Returns the names whose drop-in folders a unit takes, most particular first, its kind last.
pub(in crate::sources) fn drop_in_names(unit: &str) -> Vec<String> {
    let Some((stem, kind)) = unit.rsplit_once('.') else { return Vec::new() };
    let mut names = Vec::new();
    let mut add = |stem: &str| {
        names.push(format!("{stem}.{kind}"));
        let (prefix, instance) = stem.split_once('@').map_or((stem, ""), |(prefix, rest)| (prefix, rest));
        let at = if stem.contains('@') { "@" } else { "" };
        let mut prefix = prefix.strip_suffix('-').unwrap_or(prefix);
        while let Some((shorter, _)) = prefix.rsplit_once('-') {
            names.push(format!("{shorter}-{at}{instance}.{kind}"));
            prefix = shorter;
        }
    };
    add(stem);
    if let Some((prefix, instance)) = stem.split_once('@')
        && !instance.is_empty()
    {
        add(&format!("{prefix}@"));
    }
    names.push(kind.to_owned());
    names
}

/// Returns the template of an instance, such as `web@.service` of `web@1.service`.
pub(super) fn template(unit: &str) -> Option<String> {
    let (stem, kind) = unit.rsplit_once('.')?;
    let (prefix, instance) = stem.split_once('@')?;
    (!instance.is_empty()).then(|| format!("{prefix}@.{kind}"))
}

/// Returns the slices that a slice lies in, nearest first, the root aside.
pub(in crate::sources) fn slices_above(slice: &str) -> Vec<String> {
    let Some(mut stem) = slice.strip_suffix(".slice") else { return Vec::new() };
    let mut above = Vec::new();
    while let Some((shorter, _)) = stem.rsplit_once('-').filter(|(shorter, _)| !shorter.is_empty()) {
        above.push(format!("{shorter}.slice"));
        stem = shorter;
    }
    above
}

/// Returns the slice that a service lies in where it names none.
pub(in crate::sources) fn default_slice(unit: &str, is_user: bool) -> String {
    let base = if is_user { "app" } else { "system" };
    match unit.split_once('@') {
        // The dashes of a name must not become levels of slices.
        Some((prefix, _)) => format!("{base}-{}.slice", prefix.replace('-', "\\x2d")),
        None => format!("{base}.slice"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_where_they_lie() {
        let known = |path: &str| {
            spot(path).map(|spot| {
                format!(
                    "{:?} {} {} {:?}",
                    spot.machine,
                    spot.rank,
                    spot.unit,
                    spot.drop_in.unwrap_or_default()
                )
            })
        };
        for (path, expected) in [
            ("web.service", Some("\"\" 0 web.service \"\"")),
            ("root/etc/systemd/system/web.service", Some("\"root/ system\" 0 web.service \"\"")),
            ("/usr/lib/systemd/system/web.service.d/a.conf", Some("\"/ system\" 3 web.service \"a.conf\"")),
            ("units/service.d/all.conf", Some("\"units\" 0 service \"all.conf\"")),
            ("units/nginx.d/all.conf", None),
            ("web.timer", None),
            (".service", None),
            ("web.service.d/readme.md", None),
        ] {
            assert_eq!(known(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn drop_ins_come_from_ever_wider_folders() {
        assert_eq!(
            drop_in_names("a-b-c@1.service"),
            [
                "a-b-c@1.service",
                "a-b-@1.service",
                "a-@1.service",
                "a-b-c@.service",
                "a-b-@.service",
                "a-@.service",
                "service",
            ]
        );
        assert_eq!(drop_in_names("web.service"), ["web.service", "service"]);
    }

    #[test]
    fn slices_lie_in_slices() {
        assert_eq!(slices_above("a-b-c.slice"), ["a-b.slice", "a.slice"]);
        assert_eq!(slices_above("-.slice"), Vec::<String>::new());
        assert_eq!(default_slice("my-web@1.service", false), "system-my\\x2dweb.slice");
        assert_eq!(default_slice("web.service", true), "app.slice");
        assert_eq!(template("web@1.service").as_deref(), Some("web@.service"));
        assert_eq!(template("web@.service"), None);
    }
}
