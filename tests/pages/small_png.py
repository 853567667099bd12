"""Small PNGs: a picture of a page in 256 colours, which for flat colours and letters is all that one can see."""

import base64
import struct
import zlib
from pathlib import Path
from typing import Any

from tests.pages.browser import Browser

# The browser reads the pixels, which it does faster than we would; the commonest colours stay exactly as they are.
_REDUCE = """
(async () => {
  const image = await createImageBitmap(await (await fetch("data:image/png;base64,SOURCE")).blob());
  const drawn = new OffscreenCanvas(image.width, image.height).getContext("2d");
  drawn.drawImage(image, 0, 0);
  const pixels = drawn.getImageData(0, 0, image.width, image.height).data;
  const keys = new Uint32Array(image.width * image.height);
  const counts = new Map();
  for (let at = 0; at < keys.length; at++) {
    const key = (pixels[4 * at] << 16) | (pixels[4 * at + 1] << 8) | pixels[4 * at + 2];
    keys[at] = key;
    counts.set(key, (counts.get(key) || 0) + 1);
  }
  const common = [...counts].sort((one, other) => other[1] - one[1]).map(([key]) => key);
  const apart = (one, other, shift) => (((one >> shift) & 255) - ((other >> shift) & 255)) ** 2;
  const far = (one, other) => apart(one, other, 16) + apart(one, other, 8) + apart(one, other, 0);
  let palette = common;
  for (let least = 30; palette.length > 256; least *= 1.5) {
    palette = common.slice(0, 48);
    for (const key of common) {
      if (palette.length > 256) break;
      if (palette.every((held) => far(held, key) > least)) palette.push(key);
    }
  }
  const nearest = new Map();
  for (const key of common) {
    const nearer = (best, _, at) => (far(palette[at], key) < far(palette[best], key) ? at : best);
    nearest.set(key, palette.reduce(nearer, 0));
  }
  let text = "";
  for (let at = 0; at < keys.length; at++) text += String.fromCharCode(nearest.get(keys[at]));
  return { width: image.width, height: image.height, palette, indexes: btoa(text) };
})()
"""


def small_picture(window: Browser, path: Path, whole: bool = False) -> None:
    """Take a picture of what is to be seen, and write it as a PNG of 256 colours; the window is as it was."""
    taken = window.chrome("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
    shown = window.run("return location.href")
    window.open("about:blank")
    reduced: dict[str, Any] = window.promised(_REDUCE.replace("SOURCE", taken["data"]).strip())
    window.open(shown)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_png(reduced))


def _png(reduced: dict[str, Any]) -> bytes:
    width, height = int(reduced["width"]), int(reduced["height"])
    indexes = base64.b64decode(reduced["indexes"])
    lines = b"".join(b"\0" + indexes[at : at + width] for at in range(0, width * height, width))
    palette = b"".join(struct.pack(">I", colour)[1:] for colour in reduced["palette"])
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"PLTE", palette), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
