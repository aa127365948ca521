import sys, subprocess, json
from benchmarks.crawling.server import serving, photo
from benchmarks.measure import in_a_process

print({k: (len(photo(k))) for k in (30, 200)})
from PIL import Image
import io

for k in (30, 200):
    print(k, Image.open(io.BytesIO(photo(k))).size)
what = sys.argv[1]
n = {30: int(sys.argv[2]), 200: int(sys.argv[3])}
with serving() as s:
    port = s.hosts[0].split(":")[1]
    for kb in (30, 200):
        for ms in (0, 20):
            r = {}
            for road in ("bare", "product"):
                r[road] = in_a_process("benchmarks.crawling.roads", road, what, str(kb), str(ms), str(n[kb]), port)
            print(kb, ms, r, "ratio", r["bare"] / r["product"], flush=True)
