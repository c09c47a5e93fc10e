import { files, statements, titles } from '../migrations.mjs';
import { command, debianPackage, python } from '../project.mjs';

const start = `
import sys
sys.path.insert(0, ".")
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["app"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "app.db"}},
)
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "migrate"])
`;

export const django = {
  ...debianPackage('django', 'python3-django', [...python, 'import django; print(django.__version__)']),
  files: files(
    (title, n) => `app/migrations/000${n}_${title}.py`,
    (title, n) => `from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [${n === 1 ? '' : `("app", "000${n - 1}_${titles[n - 2]}")`}]
    operations = [migrations.RunSQL(statement) for statement in ${JSON.stringify(statements(title))}]
`,
  ),
  beside: () => ({ 'app/__init__.py': '', 'app/migrations/__init__.py': '' }),
  ownTables: ['django_migrations'],
  rows: 'SELECT app, name FROM django_migrations ORDER BY id',
  apply: command([...python, start], /Applying app\./g),
};
