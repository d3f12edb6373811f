"""Accounting rules as data: entry tables and their verbs, slots, selectors, rule sets."""
