from shared.database.migrations import run_environment
from tests.integration.http.demo.service import metadata

run_environment(metadata)
