//! Jobs of Nomad: what tasks may use, in HCL and in JSON, and what the file alone cannot tell.

use super::{audit, projects::check};
use oomkit_audit::model::Replicas;

#[test]
fn a_task_is_limited_by_what_its_driver_is_told() {
    check(
        "the larger of driver and scheduler is the hard limit, and 300 MiB where nobody says",
        &[(
            "web.nomad.hcl",
            r#"
job "web" {
  group "api" {
    count = 3
    task "plain" {
      driver = "docker"
      resources { memory = 256 }
    }
    task "burst" {
      driver = "exec"
      resources {
        memory     = 256
        memory_max = 512
      }
    }
    task "hard" {
      driver = "docker"
      config { memory_hard_limit = 1024 }
      resources {
        memory     = 256
        memory_max = 512
      }
    }
    task "usual" { driver = "docker" }
    task "open" {
      driver = "exec"
      resources {
        memory     = 256
        memory_max = -1
      }
    }
    task "less" {
      driver = "docker"
      resources {
        memory     = 512
        memory_max = 256
      }
    }
    task "unit" {
      driver = "docker"
      resources { memory = "512m" }
    }
    task "tiny" {
      driver = "docker"
      resources { memory = 8 }
    }
  }
}
"#,
        )],
        &["web.nomad.hcl"],
        &[
            "plain 256.0 MiB",
            "burst 512.0 MiB",
            "hard 1.0 GiB",
            "usual 300.0 MiB",
            "open -",
            "less 256.0 MiB",
            "unit -",
            "tiny -",
        ],
        &["OKA007:28", "OKA013:35", "OKA010:41", "OKA010:45"],
    );
}

#[test]
fn variables_are_put_in_where_the_file_gives_them() {
    check(
        "a variable without a default is not guessed",
        &[(
            "web.nomad",
            r#"
variable "mem" {
  type    = number
  default = 512
}
variable "other" { type = number }
locals { most = var.mem * 2 }
  job "web" {
  group "api" {
    task "known" {
      driver = "docker"
      resources {
        memory     = var.mem
        memory_max = local.most
      }
    }
    task "later" {
      driver = "docker"
      resources { memory = var.other }
    }
    dynamic "task" {
      for_each = ["a", "b"]
      labels   = [task.value]
      content { driver = "docker" }
    }
  }
}
"#,
        )],
        &["web.nomad"],
        &["known 1.0 GiB", "later -"],
        &["OKA006:19", "OKA096:21"],
    );
}

#[test]
fn heaps_are_held_against_what_nomad_puts_in() {
    check(
        "the variable for the limit is a number of MiB",
        &[(
            "heap.nomad.hcl",
            r#"
job "web" {
  group "api" {
    task "jar" {
      driver = "java"
      config {
        jar_path    = "local/app.jar"
        jvm_options = ["-Xmx2048m"]
      }
      resources { memory = 1024 }
    }
    task "filled" {
      driver = "docker"
      config {
        image = "x:1"
        args  = ["java", "-Xmx${NOMAD_MEMORY_LIMIT}m", "-jar", "a.jar"]
      }
      resources { memory = 1024 }
    }
    task "half" {
      driver = "docker"
      env { JAVA_TOOL_OPTIONS = "-Xmx512m" }
      config { image = "x:1" }
      resources { memory = 1024 }
    }
  }
}
"#,
        )],
        &["heap.nomad.hcl"],
        &["jar 1.0 GiB", "filled 1.0 GiB", "half 1.0 GiB"],
        &["OKA080:8", "OKA080:16"],
    );
}

#[test]
fn json_says_the_same() {
    let of_api = r#"{"Job": {"ID": "web", "Name": "web", "Type": "system", "Namespace": "shop", "TaskGroups": [
  {"Name": "api", "Count": 2, "Tasks": [
    {"Name": "app", "Driver": "docker", "Config": {"image": "x:1", "memory_hard_limit": 1024},
     "Resources": {"CPU": 100, "MemoryMB": 256, "MemoryMaxMB": 0}},
    {"Name": "open", "Driver": "exec", "Resources": {"MemoryMB": 256, "MemoryMaxMB": -1}}
  ]}
]}}"#;
    let of_hcl = r#"{"job": {"web": {"type": "system", "namespace": "shop", "group": {"api": {"count": 2, "task": {
  "app": {"driver": "docker", "config": {"image": "x:1", "memory_hard_limit": 1024},
          "resources": {"memory": 256}},
  "open": {"driver": "exec", "resources": [{"memory": 256, "memory_max": -1}]}
}}}}}}"#;
    for (what, text, line) in [("of the API", of_api, 5), ("HCL as JSON", of_hcl, 4)] {
        let finding = format!("OKA007:{line}");
        let limits = ["app 1.0 GiB", "open -"];
        check(what, &[("job.json", text)], &["job.json"], &limits, &[&finding]);
        let report = audit(&[("job.json", text)]);
        let app = report.model.leaves().next().expect("a task").1;
        let workload = report.model.workload_of(app).expect("a group");
        assert_eq!(workload.replicas, Replicas::PerNode, "{what}");
        assert_eq!(workload.namespace.name(), "shop", "{what}");
        assert_eq!(app.path, "Job/web/api/app", "{what}");
    }
}

#[test]
fn what_is_broken_is_said_with_its_place() {
    check(
        "the rest of the folder is read",
        &[
            ("a.nomad.hcl", "job \"a\" {\n  group \"g\" {\n    count = = 1\n  }\n}\n"),
            (
                "b.nomad.hcl",
                "job \"b\" {\n  group \"g\" {\n    task \"t\" {\n      driver = \"exec\"\n    }\n  }\n}\n",
            ),
            ("c.hcl", "terraform {\n  source = \"x\"\n}\n"),
        ],
        &["a.nomad.hcl", "b.nomad.hcl", "c.hcl"],
        &["t 300.0 MiB"],
        &["OKA096:3"],
    );
}
