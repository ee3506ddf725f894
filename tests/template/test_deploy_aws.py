"""scripts/deploy.sh on AWS, with a fake AWS CLI that remembers what was done."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Render
from tests.helpers import build_tree

DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGE = f"111111111111.dkr.ecr.us-east-2.amazonaws.com/shop-dev@{DIGEST}"

#: Answers as the AWS CLI does, with the state in a file.
AWS = (
    f"#!{sys.executable}\n"
    + r"""
import fcntl, json, os, pathlib, sys

path = pathlib.Path(os.environ["STATE"])
words = [word for word in sys.argv[1:] if not word.startswith("--")]
options = dict(zip(sys.argv[1:], sys.argv[2:]))
call = " ".join(words[:2])
# The calls of a pipe run at the same time. The first one has to end before the second one can read all of its input.
given = sys.stdin.read() if call == "ecs register-task-definition" else ""
lock = path.with_suffix(".lock").open("w")
fcntl.flock(lock, fcntl.LOCK_EX)
state = json.loads(path.read_text())
state["calls"].append([call, options, os.environ.get("AWS_REGION")])


def revision(family):
    return f"arn:aws:ecs:::task-definition/{family}:{len(state['revisions'][family])}"


if call == "ecs describe-task-definition":
    print(json.dumps(state["revisions"][options["--task-definition"]][-1]))
elif call == "ecs register-task-definition":
    definition = json.loads(given)
    state["revisions"][definition["family"]].append(definition)
    print(revision(definition["family"]))
elif call == "ecs run-task":
    print("arn:aws:ecs:::task/shop-dev/7")
elif call == "ecs describe-tasks":
    print({"lastStatus": state["tasks"].pop(0) if "last" in options["--query"] else "",
           "containers": state["exit"], "stoppedReason": "Essential container exited"}[options["--query"].split(".")[1].split("[")[0]])
elif call == "logs get-log-events":
    print("migration applied\tdone")
elif call == "ecs describe-services":
    query = options["--query"]
    if "desiredCount" in query:
        print(state["desired"])
    elif "deployments" in query:
        print(state["rollouts"].pop(0))
    elif "events" in query:
        print("(service shop-dev) is unhealthy\tstopped")
    else:
        print(json.dumps({"awsvpcConfiguration": {"subnets": ["subnet-1"]}}))
elif call == "application-autoscaling describe-scalable-targets":
    print(3)
elif call == "ecs update-service":
    print("ACTIVE")
else:
    sys.exit(f"unexpected: {call}")
path.write_text(json.dumps(state))
"""
)

SLEEP = "#!/bin/sh\n"


def definition(family: str) -> dict[str, Any]:
    return {
        "taskDefinitionArn": f"arn:aws:ecs:::task-definition/{family}:1",
        "status": "ACTIVE",
        "family": family,
        "taskRoleArn": "arn:aws:iam::111111111111:role/shop-dev-service",
        "executionRoleArn": "arn:aws:iam::111111111111:role/shop-dev-execution",
        "networkMode": "awsvpc",
        "containerDefinitions": [{"name": "server", "image": "none", "stopTimeout": 40}],
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "runtimePlatform": {"cpuArchitecture": "X86_64"},
    }


@dataclass(frozen=True)
class Deployment:
    code: int
    errors: str
    state: dict[str, Any]

    @property
    def calls(self) -> list[str]:
        return [call for call, *_ in self.state["calls"]]

    def options(self, call: str) -> dict[str, str]:
        return next(dict(options) for name, options, _ in self.state["calls"] if name == call)


@pytest.fixture
def project(rendered: Render, tmp_path: Path) -> Path:
    if not shutil.which("jq"):
        pytest.skip("jq is not on PATH")
    copied = tmp_path / "shop"
    source = rendered(cloud="aws", deploy="none")
    for part in ("scripts/deploy.sh", "deployments/terraform/environments", "Makefile"):
        (copied / part).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (source / part).is_dir() else shutil.copy)(source / part, copied / part)
    return copied


def deploy(project: Path, *arguments: str, **given: Any) -> Deployment:
    programs = build_tree(project.parent / "bin", {"aws": AWS, "sleep": SLEEP})
    for program in programs.iterdir():
        program.chmod(0o755)
    state: dict[str, Any] = {
        "calls": [],
        "revisions": {name: [definition(name)] for name in ("shop-dev", "shop-dev-migrate")},
        "tasks": ["PENDING", "RUNNING", "STOPPED"],
        "exit": 0,
        "desired": 2,
        "rollouts": ["IN_PROGRESS", "COMPLETED"],
    } | given
    file = build_tree(project.parent, {"state.json": json.dumps(state)}) / "state.json"
    done = subprocess.run(
        ["make", "deploy", *arguments],
        cwd=project,
        env={"PATH": f"{programs}:{os.environ['PATH']}", "STATE": str(file)},
        capture_output=True,
        text=True,
        check=False,
    )
    return Deployment(done.returncode, done.stderr, json.loads(file.read_text(encoding="utf-8")))


def test_the_image_replaces_the_running_one_after_the_migrations(project: Path) -> None:
    deployment = deploy(project, "ENV=dev", f"IMAGE={IMAGE}")
    assert deployment.code == 0, deployment.errors
    assert deployment.calls.index("ecs run-task") < deployment.calls.index("ecs update-service")
    for family, revisions in deployment.state["revisions"].items():
        before, after = revisions
        assert after["containerDefinitions"] == [{"name": "server", "image": IMAGE, "stopTimeout": 40}], (
            family
        )
        assert {key: before[key] for key in after if key != "containerDefinitions"} == {
            key: value for key, value in after.items() if key != "containerDefinitions"
        }
    update = deployment.options("ecs update-service")
    assert update["--task-definition"] == "arn:aws:ecs:::task-definition/shop-dev:2"
    assert "--desired-count" not in update, "the autoscaler has decided how many tasks there are"
    migration = deployment.options("ecs run-task")
    assert migration["--task-definition"] == "arn:aws:ecs:::task-definition/shop-dev-migrate:2"
    assert json.loads(migration["--network-configuration"]) == {
        "awsvpcConfiguration": {"subnets": ["subnet-1"]}
    }
    assert {region for *_, region in deployment.state["calls"]} == {"us-east-2"}


def test_the_first_deployment_starts_the_minimum_of_tasks(project: Path) -> None:
    deployment = deploy(project, "ENV=dev", f"IMAGE={IMAGE}", desired=0)
    assert deployment.code == 0, deployment.errors
    assert deployment.options("ecs update-service")["--desired-count"] == "3"


@pytest.mark.parametrize("code", [1, "None"])
def test_failed_migrations_leave_the_service_as_it_is(project: Path, code: object) -> None:
    deployment = deploy(project, "ENV=dev", f"IMAGE={IMAGE}", exit=code)
    assert deployment.code != 0
    assert "ecs update-service" not in deployment.calls
    assert "migration applied" in deployment.errors
    assert "The migrations failed" in deployment.errors


@pytest.mark.parametrize("rollout", ["FAILED", "None"])
def test_unhealthy_tasks_fail_the_deployment(project: Path, rollout: str) -> None:
    deployment = deploy(project, "ENV=dev", f"IMAGE={IMAGE}", rollouts=["IN_PROGRESS", rollout])
    assert deployment.code != 0
    assert "is unhealthy" in deployment.errors


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("ENV=test", f"IMAGE={IMAGE}"), "test is no environment"),
        ((f"IMAGE={IMAGE}",), "is no environment"),
        (("ENV=dev", "IMAGE=shop:v1"), "no digest"),
        (("ENV=dev", f"IMAGE={IMAGE[:-1]}"), "no digest"),
    ],
)
def test_wrong_arguments_are_refused(project: Path, arguments: tuple[str, ...], told: str) -> None:
    deployment = deploy(project, *arguments)
    assert deployment.code != 0
    assert deployment.calls == []
    assert told in deployment.errors


def test_the_script_passes_the_linter(project: Path) -> None:
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not on PATH")
    done = subprocess.run(
        ["shellcheck", project / "scripts" / "deploy.sh"], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""


def test_the_script_names_no_region_or_account(project: Path) -> None:
    text = (project / "scripts" / "deploy.sh").read_text(encoding="utf-8")
    assert not re.search(r"\d{12}|us-east", text)
