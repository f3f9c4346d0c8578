"""The pages and their routes; the only importer of Flask besides app."""
