"""carbonlab tables: inventories as CSV files or a workbook, for people without LCA software."""

from carbonlab.formats.tables.example_files import write_example
from carbonlab.formats.tables.reading import is_folder_of_tables, is_workbook, read_tables
from carbonlab.formats.tables.writing import write_tables

__all__ = ["is_folder_of_tables", "is_workbook", "read_tables", "write_example", "write_tables"]
