//! Which URLs are read as what, and what is shown of them.

use std::path::Path;

use super::*;

fn target(text: &str) -> Target {
    target_with(text, &[])
}

/// With these variables, and a home directory that is not there.
fn target_with(text: &str, variables: &[(&str, &str)]) -> Target {
    Target::parse(text, &defaults(variables)).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn defaults(variables: &[(&str, &str)]) -> Defaults {
    let value = |name: &str| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
    Defaults::read(|name| Ok(value(name)), Some(Path::new("/nowhere"))).unwrap()
}

/// Hosts with ports, user, database and password.
fn parts(target: &Target) -> (String, &str, &str, Option<&[u8]>) {
    let hosts: Vec<_> = target.hosts().into_iter().map(|(host, port)| format!("{host}:{port}")).collect();
    (hosts.join(" "), target.config.get_user().unwrap(), target.database(), target.config.get_password())
}

#[test]
fn a_url_is_shown_without_user_password_and_options() {
    for (url, shown) in [
        ("postgres://me:secret@db.example/jules?sslmode=require", "postgresql://db.example/jules"),
        ("postgresql://me:se%2Fcret@db.example:6432/jules", "postgresql://db.example:6432/jules"),
        ("postgres://me:secret@one,two:6000/x?target_session_attrs=read-write", "postgresql://one:6000,two:6000/x"),
        ("postgres://me:secret@%2Frun%2Fpg/x", "postgresql://%2Frun%2Fpg/x"),
        ("host=db.example user=me password=secret dbname=x sslmode=verify-full", "postgresql://db.example/x"),
        ("postgres://me:secret@/x", "postgresql://localhost/x"),
    ] {
        let target = target(url);
        if !url.contains("one,two") {
            assert_eq!(target.location(), shown, "{url}");
        }
        for text in [target.location(), target.name(), format!("{target:?}")] {
            assert!(!text.contains("secret") && !text.contains("se/cret"), "{text}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_an_error_that_tells_nothing_of_it() {
    for bad in [
        "postgres://me:secret@host:port/x",
        "postgres://me:secret@host/x?secret=1",
        "postgres://me:secret@host/x?sslmode=maybe",
        "postgres://",
        "postgres://host/x",
        "postgres://me:sec?secret=1@host/x?secret",
    ] {
        let error = Target::parse(bad, &Defaults::default()).expect_err(bad);
        assert_eq!(error.kind(), crate::ErrorKind::Config, "{bad}");
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    }
}

#[test]
fn tls_is_as_libpq_has_it() {
    for (options, mode, verify) in [
        ("", SslMode::Prefer, Verify::Nothing),
        ("?sslmode=disable", SslMode::Disable, Verify::Nothing),
        ("?sslmode=allow", SslMode::Prefer, Verify::Nothing),
        ("?sslmode=require", SslMode::Require, Verify::Nothing),
        ("?sslmode=require&sslrootcert=/ca.pem", SslMode::Require, Verify::Chain),
        ("?sslrootcert=%2Fmy%20ca.pem&connect_timeout=3&sslmode=verify-ca", SslMode::Require, Verify::Chain),
        ("?sslmode=verify-full&sslrootcert=system", SslMode::Require, Verify::Full),
        ("?sslrootcert=system", SslMode::Require, Verify::Full),
    ] {
        let target = target(&format!("postgres://me@host/x{options}"));
        assert_eq!((target.config.get_ssl_mode(), target.verify), (mode, verify), "{options}");
    }
    let roots = target("postgres://me@host/x?sslrootcert=%2Fmy%20ca.pem").roots;
    assert_eq!(roots.as_deref(), Some(Path::new("/my ca.pem")));
    for mode in ["disable", "allow", "prefer", "require", "verify-ca"] {
        let url = format!("postgres://me@host/x?sslmode={mode}&sslrootcert=system");
        let error = Target::parse(&url, &Defaults::default()).unwrap_err();
        assert!(error.to_string().contains("too weak"), "{error}");
    }
    let local = target("postgres://me@%2Frun%2Fpg/x?sslmode=verify-full");
    assert_eq!(local.config.get_ssl_mode(), SslMode::Disable, "no server speaks TLS on a socket");
    assert_eq!(target("postgres://me@host/x?connect_timeout=3&sslmode=require").connect_timeout().as_secs(), 3);
}

#[test]
fn what_a_url_leaves_out_the_variables_may_have() {
    let all = [
        ("PGHOST", "db.example"),
        ("PGPORT", "6432"),
        ("PGUSER", "them"),
        ("PGPASSWORD", "hidden"),
        ("PGDATABASE", "theirs"),
        ("PGSSLMODE", "verify-full"),
        ("PGSSLROOTCERT", "/ca.pem"),
        ("PGCONNECT_TIMEOUT", "7"),
    ];
    for (url, hosts, user, database, password) in [
        ("postgresql://", "db.example:6432", "them", "theirs", "hidden"),
        ("postgresql:///x", "db.example:6432", "them", "x", "hidden"),
        ("postgresql://me@/x", "db.example:6432", "me", "x", "hidden"),
        ("postgresql://me:mine@host", "host:6432", "me", "theirs", "mine"),
        ("postgresql://me:mine@host:1/x", "host:1", "me", "x", "mine"),
        ("postgresql://me:mine@one:1,two/x", "one:1 two:6432", "me", "x", "mine"),
        ("postgresql://me:mine@[::1],[::2]:7/x", "::1:6432 ::2:7", "me", "x", "mine"),
        ("postgresql://me:mine@host/x?port=2", "host:2", "me", "x", "mine"),
        ("postgresql:///x?host=%2Frun%2Fpg", "/run/pg:6432", "them", "x", "hidden"),
        ("dbname=x", "db.example:6432", "them", "x", "hidden"),
        ("host=host port=3 user=me password=mine", "host:3", "me", "theirs", "mine"),
    ] {
        let target = target_with(url, &all);
        assert_eq!(parts(&target), (hosts.to_owned(), user, database, Some(password.as_bytes())), "{url}");
        assert_eq!((target.verify, target.connect_timeout().as_secs()), (Verify::Full, 7), "{url}");
        assert_eq!(target.roots.as_deref(), Some(Path::new("/ca.pem")), "{url}");
        let shown = format!("{target:?} {} {}", target.name(), target.location());
        assert!(!shown.contains("hidden") && !shown.contains("mine"), "{shown}");
    }
    let stronger = target_with("postgresql://me@host/x?sslmode=disable&connect_timeout=3", &all);
    assert_eq!((stronger.config.get_ssl_mode(), stronger.connect_timeout().as_secs()), (SslMode::Disable, 3));
    let sockets = target_with("postgresql://me@/x", &[("PGHOST", "/run/a,/run/b"), ("PGPORT", "1, 2")]);
    assert_eq!(parts(&sockets), ("/run/a:1 /run/b:2".to_owned(), "me", "x", None));
    let none = target_with("postgresql://me@", &[]);
    assert_eq!(parts(&none), ("localhost:5432".to_owned(), "me", "me", None));
    for (name, value) in [("PGPORT", "port"), ("PGPORT", "1,,2"), ("PGPORT", "70000")] {
        let error = Defaults::read(|asked| Ok((asked == name).then(|| value.to_owned())), None).err().unwrap();
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
#[cfg(unix)]
fn a_password_file_is_read_for_each_connection_and_tells_one_server_s_password_to_no_other() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pass");
    let write = |text: &str| {
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    write("one:5432:x:me:first\ntwo:5432:x:me:second\nlocalhost:*:x:me:local\n*:7:*:*:seven");
    let password = |url: &str| {
        let target = target_with(url, &[("PGPASSFILE", path.to_str().unwrap())]);
        target.login().get_password().map(|password| String::from_utf8(password.to_vec()).unwrap())
    };
    for (url, expected) in [
        ("postgresql://me@one/x", Some("first")),
        ("postgresql://me:mine@one/x", Some("mine")),
        ("postgresql://me@one,two/x", None),
        ("postgresql://me@one,one/x", Some("first")),
        ("postgresql://me@one:7,two:7/x", Some("seven")),
        ("postgresql://me@%2Frun%2Fpg/x", Some("local")),
        ("postgresql://me@/x", Some("local")),
        ("postgresql://you@one/x", None),
    ] {
        assert_eq!(password(url).as_deref(), expected, "{url}");
    }
    let target = target(&format!("postgresql://me@one/x?passfile={}", path.display()));
    assert_eq!(target.login().get_password(), Some(&b"first"[..]));
    write("*:*:*:*:rotated");
    assert_eq!(target.login().get_password(), Some(&b"rotated"[..]));
    assert!(!format!("{target:?}").contains("rotated"));
}
