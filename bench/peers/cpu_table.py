"""Prints records of the comparisons on the CPU as tables: per layer and in sum, with shares of the floor.

    python3 bench/peers/cpu_table.py bench/results/cpu-*-DATE.json

Each column of a peer is its time over Graft's, taken in turns in its own record: above 1, Graft is faster. Graft's times
and shares are of the first record that has them. Memory is Graft's over the peer's: below 1, Graft needs less.
"""

import json
import pathlib
import sys

from record import percent


def named(record):
    return record["peer"]["name"] if "peer" in record else "oneDNN, OpenBLAS"


def rows_of(record):
    """Table, case, milliseconds, share of the floor, ratio and the peer that it is to, of each row."""
    for result in record.get("results", []):
        if "rows" in result:
            for row in result["rows"] + [{"case": "sum", **result["sum"]}]:
                if "ratio" in row:
                    dense = result["mode"] == "gemm" and row["case"] != "sum" and not row["case"].startswith("square")
                    case = row["case"] + (f" batch {row['batch']}" if dense else "")
                    yield result["mode"], case, row["graft_ms"], row["share_of_floor"], row["ratio"], row.get("peer", "")
        elif "torch_ms" in result:
            case = f"{result['mode']} batch {result['batch']} {result['layout'] if result['mode'] != 'head' else ''}"
            yield "whole jobs", case, result["graft_ms"]["median"], result["share_of_floor"], result["ratio"]["median"], ""
    layers = record.get("layers", {"rows": []})
    for row in layers["rows"] + [{"case": "sum", **layers.get("sum", {})}]:
        if "ratio" in row:
            yield "forward", row["case"], row["graft_ms"], row["share_of_floor"], row["ratio"], ""


def print_tables(files):
    records = [json.loads(pathlib.Path(file).read_text()) for file in files]
    for record in records:
        machine = record["machine"]
        print(f"\n{named(record)}: {record['device']}, commit {record['commit']}, load before {machine['load_before']}, "
              f"other work {machine['others']} cores\n  {record['command']}")  # fmt: skip
    timed = [r for r in records if "graft_mib" not in r]
    tables = {}
    for record in timed:
        for table, case, ms, share, ratio, peer in rows_of(record):
            row = tables.setdefault(table, {}).setdefault(case, {"ms": ms, "share": share, "ratios": {}})
            row["ratios"][named(record)] = f"{ratio:.2f} {peer.removeprefix('oneDNN ')}"
    for table, rows in tables.items():
        peers = [named(r) for r in timed if any(named(r) in row["ratios"] for row in rows.values())]
        print(f"\n{table:30}{'Graft ms':>10}{'floor':>7}  " + "".join(f"{peer:20}" for peer in peers))
        for case, row in rows.items():
            ratios = "".join(f"{row['ratios'].get(peer, '-'):20}" for peer in peers)
            print(f"{case:30}{row['ms']:10.2f}{percent(row['share']):>7}  {ratios}".rstrip())
    for record in records:
        for row in record["results"] if "graft_mib" in record else []:
            print(f"\npeak memory of a new head: Graft {record['graft_mib']:.0f} MiB, {named(record)} {row['layout']} "
                  f"{row['torch_mib']:.0f} MiB, ratio {row['ratio']:.2f}")  # fmt: skip


if __name__ == "__main__":
    print_tables(sys.argv[1:])
