"""Values of a blueprint in words."""

from provisioning.words import in_words

SCHEMA = {
    "properties": {
        "engine": {"title": "Engine", "enum": ["postgres", "mysql"], "ui:enumNames": ["PostgreSQL", "MySQL"]},
        "allocated_storage": {"title": "Storage", "ui:options": {"unit": "GiB"}},
        "quota": {"title": "Quota", "properties": {"requests.cpu": {"title": "CPU requests"}}},
        "network": {
            "properties": {
                "deny": {"title": "Deny by default"},
                "from": {"title": "May connect", "ui:options": {"itemKey": "fromNamespace"}},
            }
        },
    }
}


def test_values_stand_under_the_titles_of_the_form_in_its_order() -> None:
    values = {
        "network": {"deny": True, "from": [{"fromNamespace": "ingress-nginx"}, {"fromNamespace": "shop"}]},
        "quota": {"requests.cpu": "10"},
        "allocated_storage": 20,
        "engine": "postgres",
    }
    assert in_words(values, SCHEMA) == [
        ("Engine", "PostgreSQL"),
        ("Storage", "20 GiB"),
        ("CPU requests", "10"),
        ("Deny by default", "yes"),
        ("May connect", "ingress-nginx, shop"),
    ]


def test_what_has_no_title_is_named_by_its_own_name() -> None:
    tags = {"Environment": "staging", "Team": "orders-team", "Cost": ""}
    assert in_words({"multi_az": False, "backup_retention": 30, "tags": tags}) == [
        ("Backup retention", "30"),
        ("Multi az", "no"),
        ("Tags", "Environment staging, Team orders-team"),
    ]


def test_what_is_empty_is_left_out() -> None:
    assert in_words({"description": "", "quota": {}, "list": [], "none": None}) == []
