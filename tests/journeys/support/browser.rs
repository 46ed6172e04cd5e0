//! Chromium, driven by the scripts in `tests/browser`.

use std::path::PathBuf;

/// The target folder that these tests were built into.
pub fn target() -> PathBuf {
    let deps = std::env::current_exe().unwrap();
    deps.ancestors().nth(3).unwrap().to_owned()
}

/// Where playwright-core and axe-core are.
pub fn modules() -> PathBuf {
    let modules = std::env::var_os("FERRY_BROWSER_MODULES");
    let modules = modules.map_or_else(|| target().join("browser/node_modules"), PathBuf::from);
    assert!(modules.join("playwright-core").exists(), "{} has no browser packages: run ops/browser", modules.display());
    modules
}
