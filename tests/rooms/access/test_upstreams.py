"""Upstreams and credentials: what may be one, and that a secret goes only where it was meant to go."""

from collections.abc import Iterator

import msgspec
import pytest

from headwater.access import RESERVED_NAMES, Catalog, Upstream
from headwater.errors import BadRequest, NotFound
from headwater.ingest import LANGFUSE_PATHS, OTLP_PATHS
from headwater.products import PRODUCTS
from headwater.web.api.routes import PREFIX
from headwater.web.mcp import MCP_PATH
from headwater.web.pages.routes import PAGES
from tests.rooms.access.test_vault import new_key

SECRET = "sk-proj-0123456789abcdefQ7xz"
VLLM = Upstream(name="my-vllm", base_url="https://vllm.example.com")


@pytest.fixture
def catalog(empty_catalog: Catalog, catalog_url: str) -> Iterator[Catalog]:
    """A catalog with projects "default" and "shop", and a key for its secrets."""
    empty_catalog.bootstrap()
    catalog = Catalog(catalog_url, secret_key=new_key())
    catalog.create_project("shop")
    yield catalog
    catalog.close()


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """One catalog on SQLite, for what is refused before anything is written."""
    catalog = Catalog(f"sqlite:///{tmp_path_factory.mktemp('upstreams') / 'catalog.db'}")
    catalog.migrate()
    catalog.bootstrap()
    yield catalog
    catalog.close()


def test_an_upstream_is_kept_as_it_was_given(catalog: Catalog):
    given = Upstream(
        name="9-lives",
        base_url="http://10.1.2.3:8000/openai/v1",
        provider="azure",
        credential="api-key",
        is_private_ok=True,
        is_usage_injected=False,
    )
    assert catalog.add_upstream(given, "shop") == given
    assert catalog.upstreams("shop") == [given]
    assert catalog.upstreams() == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://LLM.Example.com/", "https://llm.example.com"),
        ("HTTPS://llm.example.com:443/a/b//"[:-1], "https://llm.example.com/a/b"),
        ("http://llm.example.com:80", "http://llm.example.com"),
        ("https://llm.example.com:8443/v1", "https://llm.example.com:8443/v1"),
        ("https://my_service:8000", "https://my_service:8000"),
        ("https://[2606:4700::1111]:8443/", "https://[2606:4700::1111]:8443"),
        ("https://8.8.8.8/%7Euser/a%20b", "https://8.8.8.8/%7Euser/a%20b"),
        ("https://x.example/deployments/gpt-4o.1/", "https://x.example/deployments/gpt-4o.1"),
    ],
)
def test_a_base_url_is_kept_in_one_form(filed: Catalog, given: str, kept: str):
    upstream = msgspec.structs.replace(VLLM, base_url=given)
    assert filed.add_upstream(upstream).base_url == kept
    filed.remove_upstream(VLLM.name)


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        ("", "begin it with"),
        ("llm.example.com", "begin it with"),
        ("ftp://llm.example.com", "begin it with"),
        ("https:/llm.example.com", "name a host"),
        ("https://", "name a host"),
        ("https://llm.example.com:0", "name a host"),
        ("https://llm.example.com:99999", "cannot be read"),
        ("https://[::1", "cannot be read"),
        ("https://exa mple.com", "begin it with"),
        ("https://example.com\n", "begin it with"),
        ("https://exämple.com", "begin it with"),
        ("https://example.com\\@evil.example", "leave user"),
        ("https://example.com%2f.evil.example", "name a host"),
        ("https://-x.example", "name a host"),
        ("https://[fe80::1%25eth0]", "name a host"),
        ("https://x.example?a=b", "what follows"),
        ("https://x.example/?", "what follows"),
        ("https://x.example/#a", "what follows"),
        ("https://x.example//v1", "encoded slashes"),
        ("https://x.example/a/../b", "encoded slashes"),
        ("https://x.example/.", "encoded slashes"),
        ("https://x.example/%2e%2E/b", "encoded slashes"),
        ("https://x.example/a%2Fb", "encoded slashes"),
        ("https://x.example/a\\b", "encoded slashes"),
        ("https://x.example/%zz", "encoded slashes"),
        ("https://x.example/" + "a" * 500, "begin it with"),
    ],
)
def test_a_base_url_that_cannot_be_one_is_refused_with_the_remedy(filed: Catalog, given: str, remedy: str):
    with pytest.raises(BadRequest, match="base_url") as refused:
        filed.add_upstream(msgspec.structs.replace(VLLM, base_url=given))
    assert remedy in str(refused.value)


def test_a_password_in_a_base_url_is_not_shown(filed: Catalog):
    with pytest.raises(BadRequest, match="credentials set") as refused:
        filed.add_upstream(msgspec.structs.replace(VLLM, base_url="https://me:pass@word@x.example"))
    assert "word" not in str(refused.value).replace("password", "")


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "a.localhost",
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "0.0.0.1",
        "[::1]",
        "[fd00::1]",
        "[fe80::1]",
        "[::ffff:10.0.0.1]",
    ],
)
def test_a_private_address_must_be_meant(filed: Catalog, host: str):
    upstream = msgspec.structs.replace(VLLM, base_url=f"http://{host}:8000")
    with pytest.raises(BadRequest, match="--private"):
        filed.add_upstream(upstream)
    filed.add_upstream(msgspec.structs.replace(upstream, is_private_ok=True))
    filed.remove_upstream(VLLM.name)


@pytest.mark.parametrize("name", ["", "-a", "A", "a_b", "a.b", "a/b", "a" * 41, "ä", "a\n", "..", *RESERVED_NAMES])
def test_a_name_that_no_path_can_begin_with_is_refused(filed: Catalog, name: str):
    with pytest.raises(BadRequest, match="name"):
        filed.add_upstream(msgspec.structs.replace(VLLM, name=name))
    with pytest.raises(BadRequest, match="name"):
        filed.set_credential("default", name, SECRET)


@pytest.mark.parametrize(("field", "value"), [("provider", "Open AI"), ("credential", "cookie")])
def test_a_field_that_means_nothing_is_named(filed: Catalog, field: str, value: str):
    with pytest.raises(BadRequest, match=f"{field} '{value}'"):
        filed.add_upstream(msgspec.structs.replace(VLLM, **{field: value}))


def test_no_path_of_the_server_begins_with_a_name_that_an_upstream_can_have():
    others = (MCP_PATH, "/health", "/ready", "/metrics", "/static/x")
    paths = [path for _, path, _ in PAGES] + [PREFIX, *OTLP_PATHS, *LANGFUSE_PATHS, *others]
    routes = [route.partition(" ")[2] for product in PRODUCTS.values() for route in product.routes]
    first = {path.split("/")[1] for path in paths + routes}
    assert first - RESERVED_NAMES == set()
    assert RESERVED_NAMES - first == {"p"}, "reserved for nothing"


def test_a_name_that_is_taken_is_refused(catalog: Catalog):
    catalog.add_upstream(VLLM)
    with pytest.raises(BadRequest, match="headwater upstreams remove my-vllm"):
        catalog.add_upstream(VLLM)
    catalog.add_upstream(VLLM, "shop")


def test_what_is_not_there_is_named(catalog: Catalog):
    with pytest.raises(NotFound, match="'my-vllm'"):
        catalog.remove_upstream("my-vllm")
    with pytest.raises(NotFound, match="'nowhere'"):
        catalog.add_upstream(VLLM, "nowhere")
    with pytest.raises(NotFound, match="'openai'"):
        catalog.remove_credential("default", "openai")
    with pytest.raises(NotFound, match="'nowhere'"):
        catalog.set_credential("nowhere", "openai", SECRET)


def test_a_credential_is_listed_by_its_end_only(catalog: Catalog):
    made = catalog.set_credential("shop", "openai", f" {SECRET}\n")
    assert catalog.credentials("shop") == [made]
    assert (made.upstream, made.hint, made.project_id) == ("openai", "Q7xz", catalog.project("shop").id)
    assert catalog.credentials("default") == []
    assert catalog.set_credential("shop", "groq", "short").hint == ""


def test_a_second_secret_takes_the_place_of_the_first(catalog: Catalog):
    catalog.set_credential("shop", "openai", "sk-the-first-of-them")
    second = catalog.set_credential("shop", "openai", SECRET)
    assert catalog.credentials("shop") == [second]
    catalog.remove_credential("shop", "openai")
    assert catalog.credentials("shop") == []


@pytest.mark.parametrize(
    "secret", ["", "  ", "Bearer sk-1", "sk-1\nx-other: 1", "sk-\x00", "sk-é", "x" * 4097, "hw_abc"]
)
def test_what_can_be_no_secret_is_refused_and_not_shown(filed: Catalog, secret: str):
    with pytest.raises(BadRequest, match="provider's key") as refused:
        filed.set_credential("default", "openai", secret)
    assert len(secret.strip()) < 3 or secret not in str(refused.value)


def test_an_upstream_does_not_take_over_a_secret_that_was_meant_for_another(catalog: Catalog):
    catalog.set_credential("shop", "openai", SECRET)
    elsewhere = Upstream(name="openai", base_url="https://elsewhere.example.com")
    for project in ("", "shop"):
        with pytest.raises(BadRequest, match="headwater credentials remove openai"):
            catalog.add_upstream(elsewhere, project)
    catalog.add_upstream(elsewhere, "default")
    catalog.remove_credential("shop", "openai")
    catalog.add_upstream(elsewhere)


def test_secrets_go_with_the_upstream_that_they_were_meant_for(catalog: Catalog):
    catalog.add_upstream(VLLM)
    catalog.add_upstream(VLLM, "shop")
    for project in ("default", "shop"):
        catalog.set_credential(project, "my-vllm", SECRET)
    catalog.set_credential("default", "openai", SECRET)
    catalog.remove_upstream("my-vllm")
    assert [each.upstream for each in catalog.credentials("default")] == ["openai"]
    assert [each.upstream for each in catalog.credentials("shop")] == ["my-vllm"]
    catalog.remove_upstream("my-vllm", "shop")
    assert catalog.credentials("shop") == []
