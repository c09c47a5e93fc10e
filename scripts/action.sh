#!/usr/bin/env bash
# The step of action.yml: `dunlin check`, the summary of the job, and the comment on the pull request. Inputs come as
# environment variables, so that no text of a pull request is ever part of a script.
set -uo pipefail

report="$RUNNER_TEMP/dunlin-report.md"
rm -f "$report"

# Over several lines as well, as YAML's `|` gives them.
DUNLIN_ARGS=${DUNLIN_ARGS//$'\n'/ }
read -ra more <<<"$DUNLIN_ARGS"
options=()
database=$DUNLIN_DATABASE

# A database as users have it: made by the migrations that the base branch had where this one left it. If that fails,
# `check` shows more as pending.
if [[ -n $DUNLIN_BASE ]]; then
  options+=(--base "$DUNLIN_BASE")
  if [[ -z $database && " $DUNLIN_ARGS " != *' --all '* ]]; then
    made="$RUNNER_TEMP/dunlin-base"
    folder=${DUNLIN_MIGRATIONS:-migrations}
    rm -rf "$made" && mkdir -p "$made"
    database="$made/base.db"
    fork=$(git merge-base "$DUNLIN_BASE" HEAD 2>/dev/null)
    if git archive --format=tar "$fork" -- "$folder" 2>/dev/null | tar -x -C "$made" 2>/dev/null; then
      # The dump that the configuration keeps is a file of this branch.
      npx --no -- dunlin up --database "$database" --migrations "$made/$folder" --no-dump --quiet >/dev/null ||
        echo "::notice::Not all migrations of $DUNLIN_BASE could be applied, so the others count as pending."
    else
      echo "::notice::$DUNLIN_BASE has no folder $folder, so every migration counts as pending. If they are elsewhere, name the folder with the input migrations."
    fi
  fi
fi
[[ -n $database ]] && options+=(--database "$database")
[[ -n $DUNLIN_MIGRATIONS ]] && options+=(--migrations "$DUNLIN_MIGRATIONS")

# The version of dunlin that the project has; `npm ci` comes before.
npx --no -- dunlin check --format github --report "$report" ${options[@]+"${options[@]}"} ${more[@]+"${more[@]}"}
code=$?
echo "exit-code=$code" >>"$GITHUB_OUTPUT"

# Without a report `check` could not begin, and has said why.
[[ -f $report ]] || exit "$code"
echo "report=$report" >>"$GITHUB_OUTPUT"
cat "$report" >>"$GITHUB_STEP_SUMMARY"

[[ $DUNLIN_COMMENT == true && $GITHUB_REF =~ ^refs/pull/([0-9]+)/ ]] || exit "$code"
comments="repos/$GITHUB_REPOSITORY/issues/${BASH_REMATCH[1]}/comments"

# One comment for each use of this action in a workflow. Comments of people are never changed.
key=$(printf '%s\n' "$GITHUB_WORKFLOW" "$GITHUB_JOB" "$PWD" "$DUNLIN_DATABASE" "$DUNLIN_MIGRATIONS" | cksum | cut -d ' ' -f 1)
marker="<!-- dunlin check $key -->"
body="$RUNNER_TEMP/dunlin-comment.md"
{ echo "$marker"; cat "$report"; } >"$body"

post() {
  local found id
  found=$(gh api --paginate "$comments" \
    --jq ".[] | select(.user.type == \"Bot\" and (.body | startswith(\"$marker\"))) | .id") || return 1
  id=${found%%$'\n'*}
  if [[ -n $id ]]; then
    gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" -F "body=@$body" >/dev/null
  else
    gh api --method POST "$comments" -F "body=@$body" >/dev/null
  fi
}

# A pull request from a fork has no token that may write.
post || echo '::notice::The comment could not be written; the report is in the summary of the job.'
exit "$code"
