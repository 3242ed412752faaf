"""Hold form and query parameters against an OpenAPI description, more strictly than it asks.

The description leaves out what the vendor's prose adds (unknown names, ranges, E.164), so a caller
gives those as extra rules. Every finding is a sentence; an empty list means that nothing is wrong.
"""
import json
import re
import urllib.parse

KINDS = {"integer": r"-?\d+", "number": r"-?\d+(\.\d+)?", "boolean": r"true|false"}
FORMATS = {
    "date-time": r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z?)?",
    "uri": None,  # judged by _uri_fault
    "phone-number": r"\+[1-9]\d{6,14}",
}


class Description:
    """An OpenAPI 3 document."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as handle:
            self.root = json.load(handle)
        self.paths = [(self._pattern(p), p, item) for p, item in self.root["paths"].items()]

    @staticmethod
    def _pattern(path):
        """A path with its {parameters} as a regular expression."""
        return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)) + "$")

    def resolve(self, schema):
        """Follow a $ref inside the document."""
        while "$ref" in schema:
            node = self.root
            for step in schema["$ref"].lstrip("#/").split("/"):
                node = node[step]
            schema = node
        return schema

    def find(self, method, path):
        """(operation, path parameters) of a request, or (None, {})."""
        for pattern, _, item in self.paths:
            match = pattern.match(path)
            if match and method.lower() in item:
                return item[method.lower()], match.groupdict()
        return None, {}

    def form_faults(self, method, path, pairs):
        """What is wrong with a form POST."""
        operation, in_path = self.find(method, path)
        if operation is None:
            return [f"{method} {path} is not in the description"]
        faults = self._parameter_faults(operation, "path", list(in_path.items()))
        content = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]
        schema = self.resolve(content["schema"])
        return faults + self._object_faults(schema, pairs)

    def query_faults(self, method, path, query):
        """What is wrong with a request that carries a query only."""
        operation, in_path = self.find(method, path)
        if operation is None:
            return [f"{method} {path} is not in the description"]
        pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
        return self._parameter_faults(operation, "path", list(in_path.items())) \
            + self._parameter_faults(operation, "query", pairs)

    def _parameter_faults(self, operation, place, pairs):
        known = {p["name"]: p for p in operation.get("parameters", []) if p["in"] == place}
        schema = {"properties": {name: p["schema"] for name, p in known.items()},
                  "required": [name for name, p in known.items() if p.get("required")]}
        return self._object_faults(schema, pairs)

    def _object_faults(self, schema, pairs):
        names = [name for name, _ in pairs]
        faults = [f"{name} is missing" for name in schema.get("required", []) if name not in names]
        for name in sorted(set(names)):
            rule = schema["properties"].get(name)
            if rule is None:
                faults.append(f"{name} is unknown")
                continue
            rule = self.resolve(rule)
            values = [value for key, value in pairs if key == name]
            if rule.get("type") == "array":
                rule = self.resolve(rule["items"])
            elif len(values) > 1:
                faults.append(f"{name} is given {len(values)} times")
            for value in values:
                fault = value_fault(rule, value)
                if fault:
                    faults.append(f"{name} {fault}")
        return faults


def _uri_fault(value):
    """What is wrong with an absolute http address."""
    parts = urllib.parse.urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "is no absolute http address"
    return "has an underscore in its host" if "_" in parts.hostname else None


def value_fault(rule, value):
    """Why a text does not fit a schema, or None."""
    if "enum" in rule and value not in rule["enum"]:
        return "is not one of " + ", ".join(map(str, rule["enum"]))
    kind = KINDS.get(rule.get("type"))
    if kind and not re.fullmatch(kind, value):
        return f"is no {rule['type']}"
    if len(value) > rule.get("maxLength", len(value)) or len(value) < rule.get("minLength", 0):
        return f"has {len(value)} characters"
    if "pattern" in rule and not re.search(rule["pattern"], value):
        return f"does not match {rule['pattern']}"
    if kind and rule.get("type") != "boolean":
        if not rule.get("minimum", float(value)) <= float(value) <= rule.get("maximum", float(value)):
            return "is out of range"
    if rule.get("format") == "uri":
        return _uri_fault(value)
    shape = FORMATS.get(rule.get("format"))
    return f"is no {rule['format']}" if shape and not re.fullmatch(shape, value) else None
