"""The values in pydantic models and as FastAPI's responses. Only pydantic's own call imports it."""

from __future__ import annotations

from typing import Any

__all__ = ["schema"]


def schema(value_class: Any) -> Any:
    """Takes an instance, or the dict that `to_dict()` gives; writes that dict."""
    from pydantic_core import core_schema

    dicts = core_schema.dict_schema(core_schema.str_schema())
    restored = core_schema.no_info_after_validator_function(value_class.from_dict, dicts)
    return core_schema.json_or_python_schema(
        json_schema=restored,
        python_schema=core_schema.union_schema([core_schema.is_instance_schema(value_class), restored]),
        serialization=core_schema.plain_serializer_function_ser_schema(
            lambda value: value.to_dict(), return_schema=core_schema.dict_schema(core_schema.str_schema())
        ),
    )
