//! Task definitions of ECS: what the task, its containers and their defaults come to.

use super::projects::check;

#[test]
fn a_task_is_the_limit_of_its_containers() {
    check(
        "as it is registered; sizes are texts or numbers of MiB",
        &[(
            "task.json",
            r#"{"family": "web", "memory": "1 GB", "containerDefinitions": [
  {"name": "app", "image": "x:1", "memory": 512},
  {"name": "log", "image": "y:1", "memoryReservation": 64}
]}"#,
        )],
        &["task.json"],
        &["app 512.0 MiB", "log 1.0 GiB"],
        &[],
    );
    check(
        "as it is described, on machines of one's own",
        &[(
            "described.json",
            r#"{"taskDefinition": {"family": "web", "containerDefinitions": [
  {"name": "soft", "image": "x:1", "memoryReservation": 64},
  {"name": "none", "image": "x:1"},
  {"name": "unit", "image": "x:1", "memory": "512m"},
  {"name": "tiny", "image": "x:1", "memory": 4}
]}}"#,
        )],
        &["described.json"],
        &["soft -", "none -", "unit -", "tiny 4.0 MiB"],
        &["OKA007:2", "OKA001:3", "OKA010:4", "OKA011:5"],
    );
}

#[test]
fn cloud_formation_writes_the_same_with_capitals() {
    check(
        "a reference is known when the template is deployed",
        &[(
            "stack.yaml",
            "\
Resources:
  Web:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - Name: app
          Image: x:1
          Memory: 256
          Environment: [{Name: JAVA_TOOL_OPTIONS, Value: -Xmx1g}]
        - Name: later
          Image: x:1
          Memory: !Ref Size
        - Name: none
          Image: x:1
  Bucket:
    Type: AWS::S3::Bucket
",
        )],
        &["stack.yaml"],
        &["app 256.0 MiB", "later -", "none -"],
        &["OKA080:9", "OKA096:12", "OKA001:13"],
    );
}
