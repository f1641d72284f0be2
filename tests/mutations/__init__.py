"""Formulas made wrong on purpose: each must break a test, or the tests do not prove the formula."""
