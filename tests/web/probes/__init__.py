"""Probes of what each route gives away; one file a subject, discovered by test_rights."""
