//! `outer-agent hide`: a wrong item is off the portal at once, stays off in later versions, and is shown again only by the inner side.

use ferry_testkit::stage::Court;

/// Later than any change of the made court.
const LATER: &str = "2027-01-01 00:00:00";

fn hide(court: &Court, kind: &str, id: &str) -> std::process::Output {
    court.try_agent("outer", &["hide", kind, id, "--reason", "误公开", "--name", "陈刚", "--json"])
}

fn full(court: &Court) {
    let out = court.try_agent("inner", &["export", "--full"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    court.carry("up");
    court.agent("outer", "ingest");
}

#[test]
fn a_hidden_item_is_off_the_portal_at_once_stays_off_and_comes_back_by_an_approved_correction() {
    let court = Court::new(12);
    court.up();
    let id: String = court.platform().query_row("SELECT GGBH FROM GG ORDER BY GGBH LIMIT 1", [], |r| r.get(0)).unwrap();
    let portal = court.portal();
    let browser = portal.browser();
    let address = format!("/public/announcement/{id}");
    let status = || browser.get(&address).status;
    assert_eq!((status(), status()), (200, 200), "the second one from memory");
    let out = hide(&court, "announcement", &id);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(status(), 404);
    assert!(hide(&court, "announcement", &id).status.success(), "hidden twice");
    let out = hide(&court, "announcement", "no-such");
    assert_eq!(out.status.code(), Some(66), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(String::from_utf8_lossy(&out.stderr).contains("FERRY-E0664"));
    assert!(hide(&court, "announcement", &id).status.success(), "under the id that its page shows");
    // What is signed stays counted: the roots are equal, and nothing is requested again.
    assert_eq!(court.roots().0, court.roots().1);
    // The inner side is told, once.
    let (_, imported) = court.down();
    assert_eq!(imported["held_outside"], 1, "{imported}");
    let inside = court.agent("inner", "status");
    assert_eq!(
        (&inside["held_outside"], &inside["held_outside_items"][0]["rule"]),
        (&1.into(), &"operator".into()),
        "{inside}"
    );
    // It is taken back inside and published again: a later version that nobody approved stays hidden.
    let rows = "CREATE TABLE KEPT AS SELECT * FROM GG WHERE GGBH = ?1";
    court.platform().execute(&rows.replace("?1", &format!("'{id}'")), []).unwrap();
    court.platform().execute("DELETE FROM GG WHERE GGBH = ?1", [&id]).unwrap();
    full(&court);
    court.platform().execute("INSERT INTO GG SELECT * FROM KEPT", []).unwrap();
    full(&court);
    let (version, retracted): (i64, bool) = court
        .database("outer/state/outer.db")
        .query_row(
            "SELECT version, retracted FROM record WHERE kind = 'announcement' AND id = ?1 ORDER BY version DESC LIMIT 1",
            [&id],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )
        .unwrap();
    assert!(version >= 3 && !retracted, "version {version} is published again");
    assert_eq!(status(), 404, "in a later version");
    assert_eq!(court.agent("outer", "status")["held_outside"], 1);
    // An approved correction of the inner side shows it again.
    let corrected = "UPDATE GG SET NR = '更正后的内容', GZLY = '误公开', GZSPR = '王院长', GZSPRQ = '20260901', GXSJ = ?1 WHERE GGBH = ?2";
    court.platform().execute(corrected, [LATER, &id]).unwrap();
    court.up();
    assert_eq!(status(), 200);
    assert!(browser.get(&address).text().contains("更正后的内容"));
    assert_eq!(court.agent("outer", "status")["held_outside"], 0);
    let acts: Vec<String> = {
        let conn = court.database("outer/state/outer.db");
        let mut statement =
            conn.prepare("SELECT act || ' ' || actor FROM ferry_audit WHERE act LIKE 'hide%' ORDER BY number").unwrap();
        statement.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(acts, ["hide 陈刚", "hide-lifted agent"]);
}
