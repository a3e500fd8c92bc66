#!/bin/sh
# Stops the pod of a node that has less memory available than its programs need: with unified memory, an allocation too
# large does not kill a pod, it hangs the machine. What a program needs is what its model files, settings and memory
# request show, which is less than it takes in the end. Arguments, for each program:
#   program NAME REQUEST BYTES MOST   its memory request; what it needs besides its models, in bytes; how many of its
#                                     models are in memory at a time (0: all)
#   share N                           the thousandths of the machine's memory that it takes at least
#   model NAME BYTES                  a model, and what it needs besides its files
#   file PATH                         a file of the model: for a split GGUF the first part, for vLLM a folder
# NODE_NAME is the node; SYSTEM, for tests, the folder with proc and sys.
set -eu
gib=1073741824

# An earlier pod of the workload has ended, but its GPU memory may be freed a moment later.
wait_seconds=30

# Prints bytes in GiB; $2: what to add for rounding up, gib - 1.
in_gib() {
  tenths=$((($1 * 10 + ${2:-0}) / gib))
  if [ $((tenths % 10)) -eq 0 ]; then echo "$((tenths / 10)) GiB"; else echo "$((tenths / 10)).$((tenths % 10)) GiB"; fi
}

# Adds the size of a file to files.
add_file() {
  if size=$(stat -L -c %s "$1" 2>/dev/null); then
    files=$((files + size))
  else
    echo "cannot find or open $1, so its size is missing here; the program that needs it reports the reason"
  fi
}

# Adds all parts of a split GGUF, NAME-00001-of-00003.gguf.
add_parts() {
  of=${1##*-of-}
  part=1
  while [ "$part" -le "${of%.gguf}" ]; do
    add_file "${1%-00001-of-*}-$(printf %05d "$part")-of-$of"
    part=$((part + 1))
  done
}

# Adds the weights in a folder that vLLM reads: *.safetensors, else *.bin; those of Mistral's own format are the same again.
add_folder() {
  for form in safetensors bin; do
    any=
    for file in "$1"/*."$form"; do
      case ${file##*/} in "*.$form" | consolidated*) continue ;; esac
      any=1
      add_file "$file"
    done
    [ -z "$any" ] || return 0
  done
  if [ -e "$1/consolidated.safetensors" ]; then add_file "$1/consolidated.safetensors"; else add_file "$1/model.safetensors"; fi
}

add_path() {
  case $1 in *-00001-of-[0-9][0-9][0-9][0-9][0-9].gguf) [ ! -e "$1" ] || { add_parts "$1"; return; } ;; esac
  if [ -d "$1" ]; then add_folder "$1"; else add_file "$1"; fi
}

# Sets total and available, in bytes. The page cache counts as available. So does what ZFS can give back of its own cache,
# and the memory that the firmware has set aside for an AMD GPU.
read_memory() {
  total=0 available=
  while read -r key value _; do
    case $key in
    MemTotal:) total=$((value * 1024)) ;;
    MemAvailable:) available=$((value * 1024)) ;;
    esac
  done <"${SYSTEM:-}/proc/meminfo"
  [ -n "$available" ] || { echo "/proc/meminfo has no MemAvailable, so the memory is not checked"; exit 0; }
  arcstats=${SYSTEM:-}/proc/spl/kstat/zfs/arcstats
  if [ -r "$arcstats" ]; then
    cached=0 kept=0
    while read -r key _ value; do
      case $key in
      size) cached=$value ;;
      c_min) kept=$value ;;
      esac
    done <"$arcstats"
    [ "$cached" -le "$kept" ] || available=$((available + cached - kept))
  fi
  for card in "${SYSTEM:-}"/sys/class/drm/card[0-9]*/device; do
    if [ -r "$card/mem_info_vram_total" ] && [ -r "$card/mem_info_vram_used" ]; then
      available=$((available + $(cat "$card/mem_info_vram_total") - $(cat "$card/mem_info_vram_used")))
    fi
  done
}

# Puts the model into models, as a line: all its bytes, those of its files, its name.
end_model() {
  [ -z "$model" ] || models="$models$((files + more)) $files $model
"
  model=
}

# Adds what the program needs to need, and its models to who.
end_program() {
  end_model
  [ -n "$program" ] || return 0
  needs=$besides
  [ -n "$models" ] || name_one "$program" "$request"
  [ "$most" -gt 0 ] || most=100000
  before=$names
  IFS='
'
  for line in $(printf %s "$models" | sort -k1,1rn -k3 | head -n "$most"); do
    needs=$((needs + ${line%% *}))
    line=${line#* }
    name_one "${line#* }" "${line%% *}"
  done
  unset IFS
  [ $((names - before)) -lt 2 ] || several=1
  least=$((total * share / 1000))
  [ "$needs" -ge "$least" ] || needs=$least
  [ "$needs" -ge "$request" ] && [ -n "$models" ] && by_request=
  [ "$needs" -ge "$request" ] || needs=$request
  need=$((need + needs))
  program=
}

# Adds a name and its size to who, and counts it.
name_one() {
  names=$((names + 1))
  who="${who:+$who, }$1 ($(in_gib "$2"))"
}

need=0 who='' names=0 several='' by_request=1 program='' model=''
read_memory
while [ $# -gt 0 ]; do
  case $1 in
  program)
    end_program
    program=$2 request=$3 besides=$4 most=$5 share=0 models=''
    shift 5
    ;;
  share)
    share=$2
    shift 2
    ;;
  model)
    end_model
    model=$2 more=$3 files=0
    shift 3
    ;;
  file)
    add_path "$2"
    shift 2
    ;;
  *)
    echo "unknown argument $1"
    exit 2
    ;;
  esac
done
end_program

[ "$names" -eq 1 ] || who="${who%, *} and ${who##*, }"
most_gib=$(in_gib "$need" $((gib - 1)))
if [ -n "$by_request" ]; then
  claim="the pod of $who requests $most_gib of memory"
  instead="use a smaller context and lower the memory request"
else
  verb=need
  [ "$names" -gt 1 ] || verb=needs
  claim="$who $verb at least $most_gib with caches"
  instead="use smaller models or caches"
fi
[ -z "$several" ] || instead="load fewer models (modelsMax), $instead"

waited=0
while [ "$need" -gt "$available" ]; do
  if [ "$waited" -ge "$wait_seconds" ]; then
    echo "$(in_gib $((need - available)) $((gib - 1))) short: $claim, and node $NODE_NAME has $(in_gib "$available") available: $instead, or stop what else runs there; memoryCheck: false skips this check"
    exit 1
  fi
  [ "$waited" -gt 0 ] || echo "waiting up to $wait_seconds s for memory that an earlier pod may still release"
  sleep 5
  waited=$((waited + 5))
  read_memory
done
echo "$claim, and node $NODE_NAME has $(in_gib "$available") available"
