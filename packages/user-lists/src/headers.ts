/** The content of a column, as far as it concerns a list of users. */
export type Role = 'phone' | 'wa_id' | 'user_id' | 'user' | 'note' | 'until';

/** A name in any case, without accents and punctuation. */
export function folded(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{Mc}]+/gu, ' ')
    .trim();
}

const words = (text: string) =>
  new Set(
    text
      .split('|')
      .map(folded)
      .filter((word) => word !== ''),
  );

/**
 * Words that make a column one of phones, in English, Portuguese, Spanish, Indonesian, Hindi, German, Russian, French, Italian,
 * Turkish and Arabic.
 */
const phoneWords = words(
  'phone|phones|phonenumber|mobile|mobilephone|cell|cellphone|cellular|whatsapp|whats|wa|tel|telephone|msisdn|e164|' +
    'telefone|telefones|celular|celulares|zap|fone|telemóvel|' +
    'teléfono|teléfonos|móvil|tfno|' +
    'telepon|telpon|telp|ponsel|hp|handphone|' +
    'फ़ोन|फोन|मोबाइल|व्हाट्सएप|व्हाट्सऐप|दूरभाष|' +
    'telefon|telefonnummer|rufnummer|handy|handynummer|mobil|mobilnummer|mobiltelefon|whatsappnummer|' +
    'телефон|телефоны|мобильный|сотовый|ватсап|вотсап|' +
    'téléphone|téléphones|portable|mobiles|' +
    'telefono|cellulare|telefonino|' +
    'telefonu|cep|gsm|' +
    'هاتف|الهاتف|جوال|الجوال|موبايل|واتساب|تليفون|تلفون|محمول',
);

/** Words that make a column with a word for phones one of something else: `phone_number_id`, `phone model`. */
const otherWords = words(
  'id|ids|type|model|brand|carrier|operator|verified|status|country|date|time|count|code|label|name|os|' +
    'tipo|modelo|marca|operadora|data|fecha|nome|nombre|país|estado|código|' +
    'tipe|merek|tanggal|nama|typ|modell|marke|anbieter|datum|тип|модель|дата|имя|' +
    'modèle|marque|opérateur|nom|gestore|tür|marka|operatör|tarih|نوع|تاريخ|اسم',
);

/** Names of columns that may hold phones, and often hold something else. They count where no other column does. */
const weakNames = words(
  'user|users|input|contact|contacts|number|numbers|' +
    'usuário|contato|contatos|número|números|usuario|contacto|contactos|' +
    'pengguna|kontak|nomor|nomer|no|उपयोगकर्ता|संपर्क|नंबर|नम्बर|' +
    'nutzer|benutzer|kontakt|kontakte|nummer|nummern|пользователь|контакт|контакты|номер|номера|' +
    'utilisateur|contatto|contatti|numéro|numéros|utente|numero|numeri|' +
    'kullanıcı|kişi|numara|numaralar|مستخدم|المستخدم|رقم|الرقم|أرقام',
);

const noteNames = words(
  'note|notes|reason|comment|comments|remark|remarks|memo|' +
    'nota|notas|observação|observações|obs|motivo|comentário|comentários|' +
    'observación|observaciones|razón|comentario|comentarios|' +
    'catatan|alasan|keterangan|komentar|टिप्पणी|कारण|नोट|' +
    'notiz|notizen|grund|bemerkung|kommentar|anmerkung|заметка|примечание|комментарий|причина|' +
    'remarque|motif|raison|commentaire|note|osservazioni|commento|ragione|' +
    'açıklama|neden|sebep|yorum|ملاحظة|ملاحظات|سبب|السبب|تعليق',
);

const untilNames = words(
  'until|expires|expires at|expiry|ends|ends at|end|blocked until|' +
    'até|expira|expira em|término|hasta|vence|fin|sampai|hingga|berakhir|तक|समाप्ति|' +
    'bis|läuft ab|до|истекает|jusqu au|jusqu à|expire|fino a|scade|scadenza|bitiş|kadar|son tarih|حتى|ينتهي',
);

/** Longer texts are sentences, not names of columns. */
const nameLengthMax = 60;
const nameWordsMax = 5;

/** The content of a column of this name, or null. */
export function roleOf(name: string): Role | null {
  if (name.length > nameLengthMax) return null;
  const plain = folded(name);
  if (plain === 'wa id' || plain === 'waid') return 'wa_id';
  if (plain === 'user id' || plain === 'bsuid' || plain === 'business scoped user id') return 'user_id';
  if (noteNames.has(plain)) return 'note';
  if (untilNames.has(plain)) return 'until';
  if (weakNames.has(plain)) return 'user';
  const parts = plain.split(' ');
  if (parts.length > nameWordsMax || parts.some((part) => otherWords.has(part))) return null;
  return [...parts, parts.join('')].some((part) => phoneWords.has(part)) ? 'phone' : null;
}
