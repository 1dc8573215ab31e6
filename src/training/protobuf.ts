// Protocol buffers as far as ONNX needs them (https://protobuf.dev/programming-guides/encoding): field numbers, varints and length-delimited bytes.

const [wireVarint, wireFixed64, wireBytes, wireFixed32] = [0, 1, 2, 5];

/** A field of a message: a varint's value, or the bytes of everything else. */
export interface Field {
  readonly number: number;
  readonly value: number | Buffer;
}

/** A field that holds a non-negative integer. */
export function varint(field: number, value: number): Buffer {
  return Buffer.from([...digits(field * 8 + wireVarint), ...digits(value)]);
}

/** A field that holds bytes, or a message. */
export function bytes(field: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([...digits(field * 8 + wireBytes), ...digits(content.length)]), content]);
}

/** A field that holds a text. */
export function text(field: number, content: string): Buffer {
  return bytes(field, Buffer.from(content));
}

/** The fields of a message in their order. @throws RangeError for what is no message */
export function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const digit = message.readUInt8(at++);
      value += (digit % 128) * scale;
      if (digit < 128) return value;
    }
  };
  const take = (length: number): Buffer => {
    if (at + length > message.length) throw new RangeError("expected more bytes, received the end of the message");
    return message.subarray(at, (at += length));
  };
  while (at < message.length) {
    const tag = readVarint();
    const wire = tag % 8;
    if (![wireVarint, wireFixed64, wireBytes, wireFixed32].includes(wire)) throw new RangeError(`expected a field, received wire type ${wire}`);
    fields.push({ number: Math.floor(tag / 8), value: wire === wireVarint ? readVarint() : take(wire === wireBytes ? readVarint() : wire === wireFixed64 ? 8 : 4) });
  }
  return fields;
}

/** Seven bits a byte, lowest first. */
function digits(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  while (rest > 127) {
    out.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
  return out;
}
