//! The files in the guide for many machines: they can be read, and what they name inside of themselves is there. Docker, GitHub
//! and a cluster are not here; the programs in the files run in the languages' own tests.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::Value;

fn blocks(fence: &str) -> Vec<Value> {
    let page = include_str!("../../../docs/many-machines.md");
    let fence = format!("```{fence}\n");
    let texts = page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap());
    texts.map(|text| serde_saphyr::from_str(text).unwrap_or_else(|cause| panic!("{cause}\n{text}"))).collect()
}

fn block(key: &str) -> Value {
    let mut found = blocks("yaml").into_iter().filter(|block| block.get(key).is_some());
    let block = found.next().unwrap();
    assert!(found.next().is_none(), "{key} is in one file only");
    block
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn the_compose_file_has_what_it_names() {
    let file = block("services");
    let (db, worker) = (&file["services"]["db"], &file["services"]["worker"]);
    for secret in texts(&db["secrets"]) {
        let variable = file["secrets"][secret]["environment"].as_str().unwrap();
        assert_eq!(db["environment"]["POSTGRES_PASSWORD_FILE"], format!("/run/secrets/{secret}"));
        assert_eq!(worker["environment"]["PGPASSWORD"], format!("${{{variable}}}"));
    }
    for volume in texts(&db["volumes"]) {
        assert!(!file["volumes"][volume.split_once(':').unwrap().0].is_null(), "{volume}");
    }
    let (user, name) = (&db["environment"]["POSTGRES_USER"], &db["environment"]["POSTGRES_DB"]);
    let (user, name) = (user.as_str().unwrap(), name.as_str().unwrap());
    assert_eq!(worker["environment"]["FLEET"], format!("postgresql://{user}@db/{name}"));
    // It takes nothing but options.
    assert_eq!(texts(&db["healthcheck"]["test"]), ["CMD", "pg_isready", "-U", user, "-d", name]);
    assert_eq!(worker["depends_on"]["db"]["condition"], "service_healthy");
}

#[test]
fn the_workflow_gives_its_program_what_it_reads() {
    let file = block("jobs");
    let job = &file["jobs"]["update"];
    let steps = job["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["run"].as_str().unwrap().contains("PROGRAM")).unwrap();
    let program = step["run"].as_str().unwrap();
    assert_eq!(program.matches("PROGRAM").count(), 2, "a document that begins and ends: {program}");
    assert_eq!(program.trim_end().lines().last().unwrap(), "PROGRAM");
    for read in program.split("os.environ['").skip(1).chain(program.split("os.environ[\"").skip(1)) {
        let name = read.split(['\'', '"']).next().unwrap();
        assert!(name.starts_with("GITHUB_") || step["env"].get(name).is_some(), "{name}");
    }
    let package = step["env"]["PACKAGE"].as_str().unwrap();
    assert_eq!(package, "${{ matrix.package }}");
    assert!(job["strategy"]["matrix"]["package"].is_array());
    assert!(job["timeout-minutes"].as_i64().unwrap() < 360, "GitHub ends a job after six hours");
}

#[test]
fn the_deployment_selects_its_own_pods_and_has_what_its_program_reads() {
    let file = block("kind");
    assert_eq!((&file["apiVersion"], &file["kind"]), (&"apps/v1".into(), &"Deployment".into()));
    let (spec, template) = (&file["spec"], &file["spec"]["template"]);
    let labels = &template["metadata"]["labels"];
    assert!(labels.is_object());
    assert_eq!(spec["selector"]["matchLabels"], *labels);
    let [spread] = &template["spec"]["topologySpreadConstraints"].as_array().unwrap()[..] else { panic!("one") };
    assert_eq!(spread["labelSelector"]["matchLabels"], *labels);
    let [worker] = &template["spec"]["containers"].as_array().unwrap()[..] else { panic!("one container") };
    assert_eq!(texts(&worker["command"]), ["python", "worker.py"]);
    let page = include_str!("../../../docs/many-machines.md");
    for variable in worker["env"].as_array().unwrap() {
        let (name, secret) = (variable["name"].as_str().unwrap(), &variable["valueFrom"]["secretKeyRef"]);
        let (of, key) = (secret["name"].as_str().unwrap(), secret["key"].as_str().unwrap());
        // The command that makes the secret puts the key into it.
        assert!(page.contains(&format!("kubectl create secret generic {of} ")), "{name}");
        assert!(page.contains(&format!("--from-literal={key}=")), "{name}");
    }
}
