"""Validation: what settings, logs and steps must be. For those who ask: recording itself refuses nothing."""

from typing import Any

from headwater.compat.huggingplace_sdk.client.errors import ValidationError

MODES = ("prod", "dev")


def validate_config(config: dict[str, Any]) -> None:
    """Raise ValidationError for settings that cannot be, with what is wrong."""
    _expect(bool(config), "Configuration is required")
    _expect(bool(config.get("api_key")), "API key is required")
    _expect(bool(config.get("org_id")), "Organization ID is required")
    timeout = config.get("timeout")
    _expect(timeout is None or (_is_number(timeout) and timeout > 0), "Timeout must be a positive number")
    _expect(not config.get("mode") or config["mode"] in MODES, 'Mode must be either "prod" or "dev"')


def validate_log_options(options: dict[str, Any]) -> None:
    """Raise ValidationError for a log that cannot be, with what is wrong."""
    _expect(bool(options), "Log options are required")
    _expect_count(options.get("token_count"), "Token count must be a non-negative number")


def validate_step_data(step_data: dict[str, Any]) -> None:
    """Raise ValidationError for a step that cannot be, with what is wrong."""
    _expect(bool(step_data), "Step data is required")
    _expect(bool(step_data.get("type")), "Step type is required")
    _expect(bool(step_data.get("user_question")), "User question is required for step")
    _expect(bool(step_data.get("prompt_response")), "Prompt response is required for step")
    _expect_count(step_data.get("token"), "Step token count must be a non-negative number")


def _expect_count(value: Any, otherwise: str) -> None:
    _expect(value is None or (_is_number(value) and value >= 0), otherwise)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValidationError(otherwise)
