/** A text as PostgreSQL takes it: everything but the character zero. */
export function storable<Text extends string | null>(text: Text): Text {
  return (text === null ? null : text.replaceAll('\0', '\ufffd')) as Text;
}
