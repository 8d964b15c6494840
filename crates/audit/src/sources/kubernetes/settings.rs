//! Objects that only hold settings: config maps and the configuration of kubelets.

use oomkit_core::units::Bytes;

use super::{
    fields,
    object::{Object, Reader},
};
use crate::{
    model::{ConfigMap, Kubelet, Setting},
    yaml::Value,
};

/// The longest value that can be a variable worth looking at.
const LONGEST: usize = 4096;

/// Reads the keys of a config map that can be variables.
pub(super) fn config_map(reader: &mut Reader<'_, '_>, object: &Object<'_>) {
    let entries = object.root.get("data").map(Value::entries).unwrap_or_default();
    let is_name = |key: &str| key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let keys = entries.iter().filter(|entry| is_name(entry.key)).filter_map(|entry| {
        let value = entry.value.text().filter(|value| value.len() <= LONGEST)?;
        Some((entry.key.to_owned(), value.to_owned(), reader.input.place(entry.value.at())))
    });
    let map =
        ConfigMap { name: object.name.clone(), namespace: object.namespace.clone(), keys: keys.collect() };
    if !map.keys.is_empty() {
        reader.model.config_maps.push(map);
    }
}

/// Reads what a kubelet is told.
pub(super) fn kubelet(reader: &mut Reader<'_, '_>, object: &Object<'_>) {
    let (input, root) = (reader.input, object.root);
    let reserved = ["kubeReserved", "systemReserved"].iter().filter_map(|key| {
        let entry = root.get(key)?.entry("memory")?;
        fields::amount(input, entry, "memory").value.size()
    });
    let single = root.entry("singleProcessOOMKill").and_then(|entry| {
        let value = entry.value.boolean()?;
        let text = fields::text(input, entry, "singleProcessOOMKill")?;
        Some(Setting { value, key: text.key, spelled: text.spelled, place: text.place, origin: text.origin })
    });
    let kubelet = Kubelet {
        place: input.place(root.at()),
        single_process: single,
        swap_behavior: root
            .get("memorySwap")
            .and_then(|swap| swap.entry("swapBehavior"))
            .and_then(|entry| fields::text(input, entry, "memorySwap.swapBehavior")),
        reserved: reserved.sum::<Bytes>(),
    };
    reader.model.kubelets.push(kubelet);
}
