"""Every access-key operation of the vendor's Python SDK, unchanged, against an emulator.

usage: client.py TOKENS RESULTS; the emulator's address and keys are in the environment.
"""

import json
import logging
import os
import sys
import time
import urllib.request
from collections import Counter
from importlib.metadata import version

from descope import AccessKeyLoginOptions, AssociatedTenant, AuthException, DescopeClient

tokens_file, results_file = sys.argv[1:]
base_url = os.environ["DESCOPE_BASE_URL"]
project_id = os.environ["DESCOPE_PROJECT_ID"]
results = {"client": "python", "version": version("descope"), "passed": [], "failed": {}, "verdicts": {}}


def check(name):
    """Runs a function as a check of this name."""

    def run(body):
        try:
            body()
            results["passed"].append(name)
        except Exception as error:  # a check fails whatever is raised
            results["failed"][name] = f"{type(error).__name__}: {error}"

    return run


def equal(found, expected):
    assert found == expected, f"{found!r} is not {expected!r}"


def refused(call, *args, status=None, **options):
    try:
        call(*args, **options)
    except Exception as error:  # the SDK lets errors of its libraries through
        found = getattr(error, "status_code", None)
        assert status in (None, found), f"status {found}: {error}"
        return
    raise AssertionError("it was not refused")


def control(method, path, body=None):
    """The emulator's own side, of which the SDK knows nothing."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{base_url}/emulator/{path}", data, method=method)
    with urllib.request.urlopen(request) as response:
        return json.load(response)


# One check shows a wrong key on purpose, of which the SDK warns on standard error.
logging.disable(logging.WARNING)
client = DescopeClient(project_id, management_key=os.environ["DESCOPE_MANAGEMENT_KEY"], base_url=base_url)
keys = client.mgmt.access_key
tomorrow = int(time.time()) + 86400
full = {
    "name": "all-of-it",
    "expireTime": tomorrow,
    "customClaims": {"team": "build", "level": 3, "nested": {"list": [1, "two", None]}},
    "description": 'a "description" with ümläuts',
    "permittedIps": ["127.0.0.0/8", "::1"],
    "customAttributes": {"cost": 7},
}
audience = "https://api.example.com"


class made:
    """What earlier checks leave for later ones."""

    id = cleartext = session = None


@check("create with every option")
def _():
    answer = keys.create(
        full["name"],
        full["expireTime"],
        key_tenants=[AssociatedTenant("acme", ["deployer"]), AssociatedTenant("globex")],
        custom_claims=full["customClaims"],
        description=full["description"],
        permitted_ips=full["permittedIps"],
        custom_attributes=full["customAttributes"],
    )
    made.id, made.cleartext = answer["key"]["id"], answer["cleartext"]
    assert made.id and made.cleartext
    equal((answer["key"]["status"], answer["key"]["expireTime"]), ("active", tomorrow))


@check("create with roles of the project")
def _():
    key = keys.create("project-roles", role_names=["viewer"])["key"]
    equal((key["roleNames"], key["expireTime"]), (["viewer"], 0))


@check("create for a user")
def _():
    equal(keys.create("of-a-user", user_id="U2someone")["key"]["boundUserId"], "U2someone")


@check("create without a name is refused")
def _():
    refused(keys.create, "", status=400)


@check("load")
def _():
    key = keys.load(made.id)["key"]
    for name, value in full.items():
        equal(key[name], value)
    equal([tenant["tenantId"] for tenant in key["keyTenants"]], ["acme", "globex"])
    equal(key["keyTenants"][0]["roleNames"], ["deployer"])


@check("load of an unknown id is refused")
def _():
    refused(keys.load, "no/such?key&")


@check("search, with and without filters")
def _():
    def names(**filters):
        return sorted(key["name"] for key in keys.search_all_access_keys(**filters)["keys"])

    equal(names(), ["all-of-it", "of-a-user", "project-roles"])
    equal(names(tenant_ids=["globex"]), ["all-of-it"])
    equal(names(bound_user_id="U2someone"), ["of-a-user"])
    equal(names(creating_user="nobody"), [])
    equal(names(custom_attributes={"cost": 7}), ["all-of-it"])


@check("update changes what is given and keeps the rest")
def _():
    keys.update(made.id, "renamed", "new words")
    key = keys.load(made.id)["key"]
    equal((key["name"], key["description"]), ("renamed", "new words"))
    equal((key["permittedIps"], key["customClaims"]), (full["permittedIps"], full["customClaims"]))


@check("update clears what is given empty")
def _():
    keys.update(made.id, "renamed", description="", custom_attributes={})
    key = keys.load(made.id)["key"]
    assert not key.get("description") and not key.get("customAttributes"), key
    equal(key["customClaims"], full["customClaims"])


@check("exchange")
def _():
    made.session = client.exchange_access_key(made.cleartext)
    token = made.session["sessionToken"]
    equal((made.session["keyId"], token["team"], token.get("dct")), (made.id, "build", None))


@check("exchange with login claims and a selected tenant")
def _():
    options = AccessKeyLoginOptions(custom_claims={"job": 42}, selected_tenant="acme")
    token = client.exchange_access_key(made.cleartext, login_options=options)["sessionToken"]
    equal((token["nsec"], token["dct"]), ({"job": 42}, "acme"))


@check("exchange with the tenant of another is refused")
def _():
    options = AccessKeyLoginOptions(selected_tenant="initech")
    refused(client.exchange_access_key, made.cleartext, login_options=options)


@check("exchange for an audience that the token lacks is refused")
def _():
    refused(client.exchange_access_key, made.cleartext, audience=audience)


@check("exchange for an audience that the token has")
def _():
    token = control("POST", "tokens", {"claims": {"aud": audience}})["token"]
    body = {"sessionJwt": token, "keyId": made.id}
    control("POST", "faults", {"fault": "answer", "status": 200, "body": body, "on": ["exchange"]})
    session = client.exchange_access_key(made.cleartext, audience=audience)
    equal(session["sessionToken"]["aud"], audience)


@check("exchange of a wrong key is refused")
def _():
    refused(client.exchange_access_key, "K2nobody", status=401)


@check("a session validates, and its roles are seen")
def _():
    session = client.validate_session(made.session["sessionToken"]["jwt"])
    assert client.validate_tenant_roles(session, "acme", ["deployer"])
    assert client.validate_tenant_permissions(session, "acme", ["deploy"])
    assert not client.validate_tenant_roles(session, "globex", ["deployer"])
    equal(client.get_matched_tenant_roles(session, "acme", ["admin", "deployer"]), ["deployer"])


@check("deactivate and activate")
def _():
    keys.deactivate(made.id)
    equal(keys.load(made.id)["key"]["status"], "inactive")
    refused(client.exchange_access_key, made.cleartext, status=401)
    keys.activate(made.id)
    client.exchange_access_key(made.cleartext)


@check("rotate")
def _():
    rotated = keys.rotate(made.id)
    equal(rotated["key"]["id"], made.id)
    refused(client.exchange_access_key, made.cleartext, status=401)
    client.exchange_access_key(rotated["cleartext"])


@check("batches")
def _():
    def all_keys():
        return keys.search_all_access_keys()["keys"]

    ids = [key["id"] for key in all_keys()]
    keys.deactivate_batch(ids)
    equal({key["status"] for key in all_keys()}, {"inactive"})
    keys.activate_batch(ids)
    equal({key["status"] for key in all_keys()}, {"active"})
    keys.delete_batch([each for each in ids if each != made.id])
    equal([key["id"] for key in all_keys()], [made.id])


@check("delete")
def _():
    keys.delete(made.id)
    refused(keys.load, made.id)


@check("a wrong management key is refused")
def _():
    other = DescopeClient(project_id, management_key="K2wrong", base_url=base_url)
    refused(other.mgmt.access_key.search_all_access_keys, status=401)


@check("a create that may have been carried out is sent again, and leaves two keys")
def _():
    control("POST", "faults", {"fault": "answer", "status": 503, "on": ["create"], "carriedOut": True})
    keys.create("twice")
    equal([key["name"] for key in keys.search_all_access_keys()["keys"]], ["twice", "twice"])


def judge(token, audience, roles):
    try:
        session = client.validate_session(token, audience)
    except Exception as error:  # the SDK lets errors of its libraries through
        return {"verdict": "refused", "why": f"{type(error).__name__}: {error}"}
    if not roles:
        return {"verdict": "accepted"}
    try:
        held = client.validate_tenant_roles(session, roles["tenant"], roles["roles"])
    except Exception as error:
        return {"verdict": "raises", "why": f"{type(error).__name__}: {error}"}
    return {"verdict": "granted" if held else "denied"}


with open(tokens_file, encoding="utf-8") as file:
    for case in json.load(file):
        results["verdicts"][case["name"]] = judge(case["token"], case["audience"], case["roles"])

requests = control("GET", "requests")["requests"]
results["requests"] = Counter(request["operation"] or "unknown" for request in requests)
with open(results_file, "w", encoding="utf-8") as file:
    json.dump(results, file, indent=2)
