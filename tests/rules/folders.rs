//! The layout of the crates: which folder may import from which, lowest first. A file imports from its own folder and from
//! those above it in these lists, never from one below; and in no crate do more than two files import from each other in a
//! circle.

use crate::imports::{Imports, Module};
use ferry_testkit::source::{PRODUCT, product};
use std::collections::BTreeSet;

/// The files and folders right below a folder, each after everything that it imports from.
struct Layout {
    /// The crate's source folder, or a folder in it that has an order of its own.
    folder: &'static str,
    order: &'static [&'static str],
}

/// The document of the layout.
const LAYOUTS: &[Layout] = &[
    // Pure: what a batch is. Bounds, texts and errors first, then bytes and keys, what is in a batch, and the batch itself.
    Layout {
        folder: "ferry-format/src",
        order: &[
            "limits", "text", "texts", "reason", "error", "names", "encoding", "crypto", "keys", "frame", "record",
            "audit", "trust", "batch", "evidence",
        ],
    },
    // What touches the machine, for agents and for `ferry`: errors first, then output, files and keys.
    Layout {
        folder: "ferry-io/src",
        order: &[
            "clock",
            "heartbeat",
            "exit_code",
            "texts",
            "error",
            "entropy",
            "sqlite",
            "output",
            "fs",
            "keys",
            "reading",
            "malware",
            "audit_export",
        ],
    },
    // The reader of documents: each kind of document, the second reader, and what both say; the service that asks them last.
    Layout {
        folder: "ferry-reader/src",
        order: &["plain_text", "package", "pdf", "inside", "failure", "poppler", "verdict", "service"],
    },
    // The durable channel: the ledger first, then what a batch passes on its way, and what operators see of it last.
    Layout {
        folder: "ferry-channel/src",
        order: &[
            "texts", "types", "limits", "config", "audit", "runtime", "ledger", "recovery", "send", "trust", "receive",
            "monitor", "operator",
        ],
    },
    // The `ferry` command. Texts first, then shared options and batches, what people see of them, and the commands last.
    Layout {
        folder: "ferry-cli/src",
        order: &["texts", "output", "options", "batch", "catalogue", "decision", "review", "cmd"],
    },
    // The intranet side. What is stored and read first, then each job, and the command line last.
    Layout {
        folder: "inner-agent/src",
        order: &[
            "texts",
            "config",
            "limits",
            "court_day",
            "identity_number",
            "platform_time",
            "output",
            "store",
            "context",
            "source",
            "screening",
            "reconcile",
            "import",
            "notify",
            "recovery",
            "export",
            "report",
            "review",
            "jobs",
            "status",
            "daemon",
            "cli",
        ],
    },
    // The internet side. Texts first, then what is stored and configured, then each job, and the command line last.
    Layout {
        folder: "outer-agent/src",
        order: &[
            "texts", "store", "config", "context", "recovery", "ingest", "reply", "portal", "status", "daemon", "cli",
        ],
    },
    // The portal. What everything needs first, then who calls and what they may read and write, and the servers last.
    Layout {
        folder: "outer-agent/src/portal",
        order: &[
            "court", "i18n", "problem", "http", "metrics", "database", "cache", "auth", "content", "site", "state",
            "api", "web", "server", "router",
        ],
    },
];

/// Files that may import from each other in a circle: a pair, or three where one subject is cut into files.
const CIRCLE_MAX: usize = 2;
const CIRCLE_OF_TRUST_MAX: usize = 3;

fn shown(module: &Module) -> String {
    module.join("::")
}

#[test]
fn no_more_than_two_files_of_a_crate_import_from_each_other_in_a_circle() {
    let mut found = Vec::new();
    for name in PRODUCT.into_iter().chain(["ferry-testkit", "ferry-torture"]) {
        let circles = Imports::of(&product(name)).circles();
        let is_trust = |circle: &BTreeSet<Module>| circle.iter().all(|module| module[0] == "trust");
        let most = |circle: &BTreeSet<Module>| if is_trust(circle) { CIRCLE_OF_TRUST_MAX } else { CIRCLE_MAX };
        for circle in circles.into_iter().filter(|circle| circle.len() > most(circle)) {
            found.push(format!("{name}: {}", circle.iter().map(shown).collect::<Vec<_>>().join(", ")));
        }
    }
    assert!(found.is_empty(), "files that import from each other in a circle:\n{}", found.join("\n"));
}

#[test]
fn no_folder_imports_from_a_higher_one() {
    let mut found = Vec::new();
    for Layout { folder, order } in LAYOUTS {
        let (name, inside) = folder.split_once("/src").unwrap();
        let inside: Module = inside.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        // What stands right below this folder, where a module is in it and not the folder itself.
        let child = |module: &Module| module.strip_prefix(inside.as_slice())?.first().cloned();
        let imports = Imports::of(&product(name));
        let there: BTreeSet<String> = imports.edges.keys().filter_map(child).collect();
        let listed: BTreeSet<String> = order.iter().map(|&entry| entry.to_owned()).collect();
        assert_eq!(listed.len(), order.len(), "{folder}: an entry stands there twice");
        assert_eq!(there, listed, "{folder}: left is what is there, right is what the order lists");
        let place = |entry: &String| order.iter().position(|listed| listed == entry);
        for (module, targets) in &imports.edges {
            let Some(own) = child(module) else { continue };
            for target in targets {
                let Some(other) = child(target) else { continue };
                if place(&other) > place(&own) {
                    found.push(format!("{name}: {} imports from {}", shown(module), shown(target)));
                }
            }
        }
    }
    assert!(found.is_empty(), "imports against the order of the folders:\n{}", found.join("\n"));
}
