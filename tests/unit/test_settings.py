"""Settings from the environment: secrets in files, and one line for everything that cannot be used."""

from pathlib import Path

import pytest

from omni.settings import SETTINGS, BadSetting, Settings, is_public_https, read_settings


def test_an_empty_environment_is_an_embedded_sandbox() -> None:
    settings = read_settings({})
    assert settings == Settings()
    assert settings.is_sandbox
    assert settings.database == f"sqlite:///{Path('var/omni.db').absolute()}"


def test_every_setting_is_in_the_table_and_explained() -> None:
    assert {setting.name.lower() for setting in SETTINGS} == set(Settings.__dataclass_fields__)
    assert all(setting.help.endswith(".") for setting in SETTINGS)


def test_a_secret_may_stand_in_a_file_and_the_file_wins(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from the file\n")
    given = {"OMNI_SECRET_KEY": "from the environment", "OMNI_SECRET_KEY_FILE": str(secret)}
    assert read_settings(given).secret_key == "from the file"


def test_every_setting_may_stand_in_a_file(tmp_path: Path) -> None:
    port = tmp_path / "base"
    port.write_text("https://go.example.com")
    assert read_settings({"OMNI_BASE_URL_FILE": str(port)}).base_url == "https://go.example.com"


def test_an_empty_value_is_the_default() -> None:
    assert read_settings({"OMNI_BASE_URL": "", "OMNI_LOG_FORMAT": ""}) == Settings()


def test_secrets_never_show_in_the_repr() -> None:
    settings = Settings(secret_key="s3cret", code_keys="1:s3cret", database_url="postgresql://u:s3cret@h/d")
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(
    "variable, value",
    [
        ("OMNI_TRUSTED_PROXIES", "many"),
        ("OMNI_TRUSTED_PROXIES", "-1"),
        ("OMNI_TRUSTED_PROXIES", "²"),
        ("OMNI_LOG_FORMAT", "xml"),
        ("OMNI_WEBHOOK_PRIVATE_NETWORKS", "perhaps"),
        ("OMNI_BASE_URL", "go.example.com"),
        ("OMNI_BASE_URL", "ftp://go.example.com"),
        ("OMNI_BASE_URL", "https://go.example.com/path"),
        ("OMNI_BASE_URL", "https://go.example.com?q=1"),
        ("OMNI_BASE_URL", "https://go.example.com#part"),
        ("OMNI_BASE_URL", "https://me:pass@go.example.com"),
        ("OMNI_BASE_URL", "https://under_score.example.com"),
        ("OMNI_BASE_URL", "https://go example.com"),
        ("OMNI_BASE_URL", "https://bücher.example"),
        ("OMNI_BASE_URL", "https://[::1"),
        ("OMNI_BASE_URL", "https://go.example.com:port"),
        ("OMNI_BASE_URL", "https://go..example.com"),
        ("OMNI_BASE_URL", "https://"),
        ("OMNI_SECRET_KEY_FILE", "/no/such/file"),
    ],
)
def test_what_cannot_be_used_is_one_line_that_names_the_setting(variable: str, value: str) -> None:
    with pytest.raises(BadSetting) as problem:
        read_settings({variable: value})
    assert variable in str(problem.value)
    assert "\n" not in str(problem.value)


def test_a_file_that_is_no_text_is_one_line_too(tmp_path: Path) -> None:
    binary = tmp_path / "secret"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadSetting, match=r"OMNI_SECRET_KEY_FILE: .* not a text"):
        read_settings({"OMNI_SECRET_KEY_FILE": str(binary)})


@pytest.mark.parametrize(
    "written, base_url",
    [
        ("https://go.example.com/", "https://go.example.com"),
        ("HTTPS://GO.Example.com", "https://go.example.com"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_the_base_url_is_kept_as_scheme_and_host(written: str, base_url: str) -> None:
    assert read_settings({"OMNI_BASE_URL": written}).base_url == base_url


@pytest.mark.parametrize(
    "base_url",
    [
        "http://go.example.com",
        "https://localhost",
        "https://till",
        "https://till.local",
        "https://till.local.",
        "https://omni.test",
        "https://shop.internal",
        "https://nas.home.arpa",
        "https://127.0.0.1",
        "https://127.1",
        "https://10.1",
        "https://0x7f.1",
        "https://192.168.1.20:8443",
        "https://10.0.0.1",
        "https://100.64.0.1",
        "https://[::1]",
        "https://[fe80::1]",
    ],
)
def test_an_address_no_strangers_phone_can_reach_is_a_sandbox(base_url: str) -> None:
    assert not is_public_https(base_url)


@pytest.mark.parametrize(
    "base_url",
    ["https://go.maison.fr", "https://go.example.com:8443", "https://8.8.8.8", "https://go.xn--p1ai"],
)
def test_a_public_https_address_prints_real_codes(base_url: str) -> None:
    assert is_public_https(base_url)


def test_a_market_may_have_its_own_host() -> None:
    settings = Settings(base_url="https://go.example.com")
    assert settings.host_for("go.maison.fr") == "https://go.maison.fr"
    assert settings.host_for(None) == "https://go.example.com"


def test_old_hosts_are_a_list() -> None:
    assert read_settings({"OMNI_OLD_HOSTS": "a.example, b.example,,"}).old_hosts == ("a.example", "b.example")
