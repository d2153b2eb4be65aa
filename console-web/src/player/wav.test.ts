import { describe, expect, it } from "vitest";
import { peaks, readWav } from "./wav";

function wav(options: { frames: [number, number][]; statedSize?: number; code?: number }): ArrayBuffer {
  const data = options.frames.length * 4;
  const view = new DataView(new ArrayBuffer(44 + data));
  const text = (at: number, s: string) => Array.from(s, (c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  text(0, "RIFF");
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, options.code ?? 1, true);
  view.setUint16(22, 2, true);
  view.setUint32(24, 8000, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, options.statedSize ?? data, true);
  options.frames.forEach(([left, right], i) => {
    view.setInt16(44 + i * 4, left, true);
    view.setInt16(46 + i * 4, right, true);
  });
  return view.buffer;
}

describe("readWav", () => {
  it("keeps the two sides of a call apart", () => {
    const { rate, channels } = readWav(wav({ frames: [[16384, 0], [-16384, 8192]] }));
    expect(rate).toBe(8000);
    expect([...(channels[0] ?? [])]).toEqual([0.5, -0.5]);
    expect([...(channels[1] ?? [])]).toEqual([0, 0.25]);
  });

  it.each([0, 0xffffffff])("reads a recording that was cut short (stated size %i)", (statedSize) => {
    expect(readWav(wav({ frames: [[1, 2], [3, 4]], statedSize })).channels[0]).toHaveLength(2);
  });

  it("says what is wrong", () => {
    expect(() => readWav(new ArrayBuffer(4))).toThrow("not a WAV file");
    expect(() => readWav(wav({ frames: [[0, 0]], code: 85 }))).toThrow("coding 85");
  });
});

describe("peaks", () => {
  it("takes the loudest sample of each part", () => {
    expect([...peaks(Float32Array.from([0, 0.5, -1, 0.25]), 2)]).toEqual([0.5, 1]);
  });

  it("stretches a short sound over a wide picture", () => {
    expect(peaks(Float32Array.from([0.5]), 3)).toHaveLength(3);
  });
});
