//! Objects that only hold settings: config maps and the configuration of kubelets.

use oomkit_core::units::Bytes;

use super::{
    fields,
    object::{Object, Reader},
};
use crate::{
    model::{ConfigMap, Kubelet, Origin, Setting},
    quantity::Amount,
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
        eviction: eviction(reader, object.root),
        reserved: reserved.sum::<Bytes>(),
    };
    reader.model.kubelets.push(kubelet);
}

/// Reads the threshold of hard eviction.
///
/// Where other thresholds are set and this one is not, it is zero unless defaults are to be merged in.
/// Source: `evictionHard` of the reference of `KubeletConfiguration`.
fn eviction(reader: &Reader<'_, '_>, root: Value<'_>) -> Option<Setting<Amount>> {
    const KEY: &str = "memory.available";
    let hard = root.entry("evictionHard").filter(|entry| entry.value.is_mapping())?;
    let Some(entry) = hard.value.entry(KEY) else {
        let merges = root.get("mergeDefaultEvictionSettings").and_then(Value::boolean) == Some(true);
        return (!merges).then(|| Setting {
            value: Amount::Size(Bytes::ZERO),
            key: "evictionHard".into(),
            spelled: format!("without {KEY}"),
            place: reader.input.place(hard.at),
            origin: Origin::Derived,
        });
    };
    let mut setting = fields::amount(reader.input, entry, KEY);
    if let Some(share) = entry.value.text().and_then(|text| text.trim().strip_suffix('%')) {
        setting.value = share_of(share)
            .map_or_else(|| Amount::refused("a share is a number of percent, from 0 to 100"), Amount::Share);
    }
    Some(setting)
}

/// Reads percent as ten-thousandths; all of the memory turns the threshold off, as nothing does.
///
/// Source: `parseThresholdStatement()` in `pkg/kubelet/eviction/helpers.go`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was held within bounds")]
fn share_of(percent: &str) -> Option<u16> {
    let percent = percent.parse::<f64>().ok().filter(|percent| (0.0..=100.0).contains(percent))?;
    Some(if percent < 100.0 { (percent * 100.0) as u16 } else { 0 })
}
