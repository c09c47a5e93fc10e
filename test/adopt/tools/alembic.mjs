import { files, statements } from '../migrations.mjs';
import { command, debianPackage, python } from '../project.mjs';

export const alembic = {
  ...debianPackage('alembic', 'python3-alembic', [...python, 'import alembic; print(alembic.__version__)']),
  files: files(
    (title, n) => `alembic/versions/00${n}_${title}.py`,
    (title, n) => `from alembic import op

revision = "00${n}"
down_revision = ${n === 1 ? 'None' : `"00${n - 1}"`}


def upgrade():
    for statement in ${JSON.stringify(statements(title))}:
        op.execute(statement)
`,
  ),
  beside: () => ({
    'alembic.ini': '[alembic]\nscript_location = alembic\n',
    'alembic/env.py': `
import logging
from alembic import context
from sqlalchemy import create_engine

logging.basicConfig(level=logging.INFO)
with create_engine("sqlite:///app.db").connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`,
  }),
  ownTables: ['alembic_version'],
  rows: 'SELECT version_num FROM alembic_version',
  apply: command([...python, 'from alembic.config import main; main()', 'upgrade', 'head'], /Running upgrade/g),
};
