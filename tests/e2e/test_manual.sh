#!/usr/bin/env bash
# What is installed: the manual can be read, and each shell completes what the command line has.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

begin none
need cmake
BUILD=$(dirname -- "$VIALENS")
[[ -e $BUILD/dist/vialens.8 ]] || skip "the manual is not built (target 'manuals')"
DESTDIR=$WORK cmake --install "$BUILD" --prefix /usr >"$WORK/install.log" 2>&1 || abort "cmake --install: $(cat "$WORK/install.log")"
SHARE=$WORK/usr/share

check "everything is installed" "lib/systemd/system/vialens.service
lib/sysusers.d/vialens.conf
sbin/vialens
share/bash-completion/completions/vialens
share/doc/vialens/vialens.toml
share/fish/vendor_completions.d/vialens.fish
share/man/man5/vialens.toml.5
share/man/man8/vialens.8
share/zsh/site-functions/_vialens" "$(cd "$WORK/usr" && find . -type f | sed 's/^..//' | LC_ALL=C sort)"

# completed WORD...: what bash makes of the last word.
completed() {
  # shellcheck disable=SC1091,SC2034
  (
    . "$SHARE/bash-completion/completions/vialens"
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _vialens
    echo "${COMPREPLY[*]}"
  )
}
check "bash: subcommands" "run read registrations reflector report" "$(completed vialens r)"
check "bash: choices" "auto xdp tcx clsact" "$(completed vialens run --hook '')"
check "bash: choices of a global option" "warn" "$(completed vialens run --log w)"
check "bash: options" "--lan" "$(completed vialens run --la)"
check "bash: interfaces" "lo" "$(completed vialens run --lan lo)"
check "bash: files" "$WORK/install.log" "$(completed vialens run --config "$WORK/inst")"
check "bash: a file that may be left out" "$WORK/install.log" "$(completed vialens calls --history "$WORK/inst")"
check "bash: and options behind it" "--since --side" "$(completed vialens calls --history --si)"

if type -P fish >/dev/null; then
  # shellcheck disable=SC2016
  fish_completes() {
    fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$SHARE/fish/vendor_completions.d/vialens.fish" "$1" |
      cut -f 1 | paste -sd ' '
  }
  export HOME=$WORK
  check "fish: subcommands" "read reflector registrations report run" "$(fish_completes 'vialens r')"
  check "fish: choices" "auto clsact tcx xdp" "$(fish_completes 'vialens run --hook ')"
fi
if type -P zsh >/dev/null; then
  check "zsh reads its file" "" "$(zsh -n "$SHARE/zsh/site-functions/_vialens" 2>&1)"
fi
if type -P groff >/dev/null; then
  for page in "$SHARE"/man/*/*; do
    check "${page##*/}: groff has nothing to complain about" "" "$(groff -man -Tutf8 -ww -z "$page" 2>&1)"
  done
fi
# What --help has, the manual has.
check_that "the manual: a value that may be left out" grep -q 'history \[\\fIFILE\\fR\]' "$SHARE/man/man8/vialens.8"
missing='' page=$(sed 's/\\//g' "$SHARE/man/man8/vialens.8")
for command in $("$VIALENS" --help | sed -n '/^Subcommands:/,$ s/^  \([a-z][a-z-]*\) .*/\1/p'); do
  for option in $("$VIALENS" "$command" --help | grep -oE '^ +(-h,)?--[a-z-]+' | sed 's/.*--/--/'); do
    [[ $page == *"$option"* ]] || missing+=" $command $option"
  done
done
check "the manual has every option" "" "$missing"
finish
