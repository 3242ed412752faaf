"""What is wrong with a JSON body by an OpenAPI description."""
import json

TYPES = {"string": str, "object": dict, "array": list, "boolean": bool, "null": type(None)}


class Description:
    """One description; its references are followed."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as handle:
            self.root = json.load(handle)

    def body_faults(self, method, path, body):
        """Sentences about a body; an empty list: it fits."""
        operation = self.root["paths"][path][method.lower()]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        known = self.names(schema)
        strange = [f"{name} is no field" for name in body if name not in known]
        return strange + self.faults(schema, body, "body")

    def follow(self, schema):
        """The schema itself, behind its references."""
        while "$ref" in schema:
            place = self.root
            for step in schema["$ref"].lstrip("#/").split("/"):
                place = place[step]
            schema = place
        return schema

    def names(self, schema):
        """Every property that any part of a schema knows."""
        schema = self.follow(schema)
        found = set(schema.get("properties", {}))
        for word in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(word, []):
                found |= self.names(part)
        return found

    def faults(self, schema, value, place):
        """Sentences about one value."""
        if schema is True:
            return []
        schema = self.follow(schema)
        found = self.type_faults(schema, value, place) + bound_faults(schema, value, place)
        for part in schema.get("allOf", []):
            found += self.faults(part, value, place)
        for word in ("anyOf", "oneOf"):
            parts = [self.faults(part, value, place) for part in schema.get(word, [])]
            if parts and all(parts):
                found += [f"{place} fits none of {len(parts)}"] + min(parts, key=len)
        if isinstance(value, dict):
            found += self.object_faults(schema, value, place)
        if isinstance(value, list) and "items" in schema:
            for index, element in enumerate(value):
                found += self.faults(schema["items"], element, f"{place}[{index}]")
        return found

    def type_faults(self, schema, value, place):
        """The kind of a value."""
        kinds = schema.get("type")
        if kinds is None:
            return []
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        for kind in [kinds] if isinstance(kinds, str) else kinds:
            if kind == "number" and number or kind == "integer" and number and value == int(value):
                return []
            if kind in TYPES and isinstance(value, TYPES[kind]):
                return []
        return [f"{place} is no {kinds}"]

    def object_faults(self, schema, value, place):
        """The fields of an object."""
        found = [f"{place} lacks {name}" for name in schema.get("required", []) if name not in value]
        known = schema.get("properties", {})
        for name, part in known.items():
            if name in value:
                found += self.faults(part, value[name], f"{place}.{name}")
        if schema.get("additionalProperties") is False:
            found += [f"{place}.{name} is no field" for name in value if name not in known]
        return found


def bound_faults(schema, value, place):
    """Words and bounds of a value."""
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{place} is none of {schema['enum']}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{place} is not {schema['const']}")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if value < schema.get("minimum", value) or value > schema.get("maximum", value):
            found.append(f"{place} is out of bounds")
    if isinstance(value, str):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            found.append(f"{place} has a wrong length")
    if isinstance(value, list) and len(value) < schema.get("minItems", 0):
        found.append(f"{place} is too short")
    return found
