"""The advice for a secret at each place: each row of the table is reached, and is in the words of its place."""

from fnmatch import fnmatchcase

import pytest

from ai_server.checks import facts
from ai_server.checks.core.secrets import default_passwords
from ai_server.checks.subjects.from_secret import fix_for_secret

ROWS = facts.table("secret_places")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["keys"][0])
def test_no_row_hides_a_later_one(row: dict[str, list[str]]) -> None:
    for form in row["keys"]:
        key = form.replace("[[]", "[").replace("*", "mine").replace("?", "K")
        assert next(other for other in ROWS if any(fnmatchcase(key, known) for known in other["keys"])) is row


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("litellm.models.cloud.params.aws_secret_access_key", "use os.environ/AWS_SECRET_ACCESS_KEY here"),
        ("litellm.models.far.apiBase", "use os.environ/FAR_API_BASE here"),
        ("litellm.models.cloud.apiKey", "set apiKeySecret: {name: my-secret, key: api-key}"),
        ("thor.vllm.extraEnv.MY_TOKEN", "refer to that: valueFrom: {secretKeyRef: {name: ..., key: ...}}"),
        ("openwebui.ingress.annotations.example", "name a Secret"),
        ("openwebui.extraEnv.DATABASE_URL", "set openwebui.database.existingSecret"),
    ],
)
def test_the_advice_is_in_the_words_of_the_place(key: str, words: str) -> None:
    assert words in fix_for_secret(tuple(key.split(".")))


@pytest.mark.parametrize("name", ["password", "admin", "secret"])
def test_the_name_of_a_key_in_a_secret_is_not_a_password(name: str) -> None:
    reference = {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": name}}}
    of_an_external_secret = {"data": [{"secretKey": name, "remoteRef": {"key": "lab/db", "property": name}}]}
    values = {"openwebui": {"env": [reference]}, "extraObjects": [{"spec": of_an_external_secret}]}
    assert list(default_passwords(values)) == []
