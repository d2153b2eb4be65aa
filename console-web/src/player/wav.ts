// Reads a WAV file into samples per channel, so that the two sides of a call can be drawn.
// 16-bit PCM, and G.711 µ-law and A-law as recorders of telephone calls write them.

export interface Wav {
  rate: number;
  /** One array per channel, −1 to 1. */
  channels: Float32Array[];
}

const PCM = 1;
const ALAW = 6;
const MULAW = 7;

/** Throws an Error that says what is wrong with the file. */
export function readWav(buffer: ArrayBuffer): Wav {
  const view = new DataView(buffer);
  if (buffer.byteLength < 12 || tag(view, 0) !== "RIFF" || tag(view, 8) !== "WAVE") throw new Error("not a WAV file");
  let format: { code: number; channels: number; rate: number; bits: number } | null = null;
  for (let at = 12; at + 8 <= buffer.byteLength; ) {
    const name = tag(view, at);
    const start = at + 8;
    // A recording that is still growing, or was cut short, states no or too great a size.
    const stated = view.getUint32(at + 4, true);
    const size = name === "data" && stated === 0 ? buffer.byteLength - start : Math.min(stated, buffer.byteLength - start);
    if (name === "fmt " && size >= 16) format = readFormat(view, start);
    if (name === "data") {
      if (!format) throw new Error("data before format");
      return { rate: format.rate, channels: samples(view, start, size, format) };
    }
    at = start + size + (size % 2);
  }
  throw new Error("no audio in the file");
}

function readFormat(view: DataView, at: number) {
  const extensible = view.getUint16(at, true) === 0xfffe;
  return {
    code: view.getUint16(extensible ? at + 24 : at, true),
    channels: view.getUint16(at + 2, true),
    rate: view.getUint32(at + 4, true),
    bits: view.getUint16(at + 14, true),
  };
}

function samples(
  view: DataView,
  at: number,
  size: number,
  format: { code: number; channels: number; bits: number },
): Float32Array[] {
  const { code, channels, bits } = format;
  const bytes = bits / 8;
  const read = reader(view, code, bits);
  if (channels < 1) throw new Error("no channels");
  const frames = Math.floor(size / (bytes * channels));
  return Array.from({ length: channels }, (_, channel) => {
    const out = new Float32Array(frames);
    for (let i = 0; i < frames; i++) out[i] = read(at + (i * channels + channel) * bytes);
    return out;
  });
}

function reader(view: DataView, code: number, bits: number): (at: number) => number {
  if (code === PCM && bits === 16) return (at) => view.getInt16(at, true) / 32768;
  if (code === MULAW && bits === 8) return (at) => muLaw(view.getUint8(at));
  if (code === ALAW && bits === 8) return (at) => aLaw(view.getUint8(at));
  throw new Error(`WAV coding ${code} with ${bits} bits is not supported`);
}

/** ITU-T G.711 µ-law. */
function muLaw(byte: number): number {
  const u = ~byte & 0xff;
  const magnitude = ((((u & 0x0f) << 3) + 0x84) << ((u & 0x70) >> 4)) - 0x84;
  return (u & 0x80 ? -magnitude : magnitude) / 32768;
}

/** ITU-T G.711 A-law. */
function aLaw(byte: number): number {
  const a = byte ^ 0x55;
  const exponent = (a & 0x70) >> 4;
  const mantissa = (a & 0x0f) << 4;
  const magnitude = exponent === 0 ? mantissa + 8 : (mantissa + 0x108) << (exponent - 1);
  return (a & 0x80 ? magnitude : -magnitude) / 32768;
}

function tag(view: DataView, at: number): string {
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}

/** Loudest sample of each of `count` equal parts, 0 to 1. */
export function peaks(channel: Float32Array, count: number): Float32Array {
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const from = Math.floor((i * channel.length) / count);
    const to = Math.max(from + 1, Math.floor(((i + 1) * channel.length) / count));
    let top = 0;
    for (let j = from; j < to && j < channel.length; j++) top = Math.max(top, Math.abs(channel[j] ?? 0));
    out[i] = top;
  }
  return out;
}
