/**
 * ASCII for letters and symbols outside ASCII: the mapping of Lucene's ASCIIFoldingFilter, which the Qdrant server follows.
 * Every code point of Unicode was checked against the server's own `ascii_folding`.
 * @see https://lucene.apache.org/core/9_0_0/analysis/common/org/apache/lucene/analysis/miscellaneous/ASCIIFoldingFilter.html
 */
const ONE_TO_ONE: readonly (readonly [ascii: string, folded: string])[] = [
  ['!', '！'],
  ['"', '«»“”„″‶❝❞❮❯＂'],
  ['#', '＃'],
  ['$', '＄'],
  ['%', '⁒％'],
  ['&', '＆'],
  ["'", '‘’‚‛′‵‹›❛❜＇'],
  ['(', '⁽₍❨❪（'],
  [')', '⁾₎❩❫）'],
  ['*', '⁎＊'],
  ['+', '⁺₊＋'],
  [',', '，'],
  ['-', '‐‑‒–—⁻₋－'],
  ['.', '．'],
  ['/', '⁄／'],
  ['0', '⁰₀⓪⓿０'],
  ['1', '¹₁①⓵❶➀➊１'],
  ['2', '²₂②⓶❷➁➋２'],
  ['3', '³₃③⓷❸➂➌３'],
  ['4', '⁴₄④⓸❹➃➍４'],
  ['5', '⁵₅⑤⓹❺➄➎５'],
  ['6', '⁶₆⑥⓺❻➅➏６'],
  ['7', '⁷₇⑦⓻❼➆➐７'],
  ['8', '⁸₈⑧⓼❽➇➑８'],
  ['9', '⁹₉⑨⓽❾➈➒９'],
  [':', '：'],
  [';', '⁏；'],
  ['<', '❬❰＜'],
  ['=', '⁼₌＝'],
  ['>', '❭❱＞'],
  ['?', '？'],
  ['@', '＠'],
  ['A', 'ÀÁÂÃÄÅĀĂĄǍǞǠǺȀȂȦȺᴀḀẠẢẤẦẨẪẬẮẰẲẴẶⒶＡ'],
  ['B', 'ƁƂɃʙᴃḂḄḆⒷＢ'],
  ['C', 'ÇĆĈĊČƇȻʗᴄḈⒸＣ'],
  ['D', 'ÐĎĐƉƊƋᴅᴆḊḌḎḐḒⒹꝹＤ'],
  ['E', 'ÈÉÊËĒĔĖĘĚƎƐȄȆȨɆᴇḔḖḘḚḜẸẺẼẾỀỂỄỆⒺⱻＥ'],
  ['F', 'ƑḞⒻꜰꝻꟻＦ'],
  ['G', 'ĜĞĠĢƓǤǦǴɢʛḠⒼꝽꝾＧ'],
  ['H', 'ĤĦȞʜḢḤḦḨḪⒽⱧⱵＨ'],
  ['I', 'ÌÍÎÏĨĪĬĮİƖƗǏȈȊɪᵻḬḮỈỊⒾꟾＩ'],
  ['J', 'ĴɈᴊⒿＪ'],
  ['K', 'ĶƘǨᴋḰḲḴⓀⱩꝀꝂꝄＫ'],
  ['L', 'ĹĻĽĿŁȽʟᴌḶḸḺḼⓁⱠⱢꝆꝈꞀＬ'],
  ['M', 'ƜᴍḾṀṂⓂⱮꟽꟿＭ'],
  ['N', 'ÑŃŅŇŊƝǸȠɴᴎṄṆṈṊⓃＮ'],
  ['O', 'ÒÓÔÕÖØŌŎŐƆƟƠǑǪǬǾȌȎȪȬȮȰᴏᴐṌṎṐṒỌỎỐỒỔỖỘỚỜỞỠỢⓄꝊꝌＯ'],
  ['P', 'ƤᴘṔṖⓅⱣꝐꝒꝔＰ'],
  ['Q', 'ɊⓆꝖꝘＱ'],
  ['R', 'ŔŖŘȐȒɌʀʁᴙᴚṘṚṜṞⓇⱤꝚꞂＲ'],
  ['S', 'ŚŜŞŠȘṠṢṤṦṨⓈꜱꞅＳ'],
  ['T', 'ŢŤŦƬƮȚȾᴛṪṬṮṰⓉꞆＴ'],
  ['U', 'ÙÚÛÜŨŪŬŮŰŲƯǓǕǗǙǛȔȖɄᴜᵾṲṴṶṸṺỤỦỨỪỬỮỰⓊＵ'],
  ['V', 'ƲɅᴠṼṾỼⓋꝞꝨＶ'],
  ['W', 'ŴǷᴡẀẂẄẆẈⓌⱲＷ'],
  ['X', 'ẊẌⓍＸ'],
  ['Y', 'ÝŶŸƳȲɎʏẎỲỴỶỸỾⓎＹ'],
  ['Z', 'ŹŻŽƵȜȤᴢẐẒẔⓏⱫꝢＺ'],
  ['[', '⁅❲［'],
  ['\\', '＼'],
  [']', '⁆❳］'],
  ['^', '‸＾'],
  ['_', '＿'],
  ['a', 'àáâãäåāăąǎǟǡǻȁȃȧɐəɚᶏᶕḁẚạảấầẩẫậắằẳẵặₐₔⓐⱥⱯａ'],
  ['b', 'ƀƃɓᵬᶀḃḅḇⓑｂ'],
  ['c', 'çćĉċčƈȼɕḉↄⓒꜾꜿｃ'],
  ['d', 'ðďđƌȡɖɗᵭᶁᶑḋḍḏḑḓⓓꝺｄ'],
  ['e', 'èéêëēĕėęěǝȅȇȩɇɘɛɜɝɞʚᴈᶒᶓᶔḕḗḙḛḝẹẻẽếềểễệₑⓔⱸｅ'],
  ['f', 'ƒᵮᶂḟẛⓕꝼｆ'],
  ['g', 'ĝğġģǥǧǵɠɡᵷᵹᶃḡⓖꝿｇ'],
  ['h', 'ĥħȟɥɦʮʯḣḥḧḩḫẖⓗⱨⱶｈ'],
  ['i', 'ìíîïĩīĭįıǐȉȋɨᴉᵢᵼᶖḭḯỉịⁱⓘｉ'],
  ['j', 'ĵǰȷɉɟʄʝⓙⱼｊ'],
  ['k', 'ķƙǩʞᶄḱḳḵⓚⱪꝁꝃꝅｋ'],
  ['l', 'ĺļľŀłƚȴɫɬɭᶅḷḹḻḽⓛⱡꝇꝉꞁｌ'],
  ['m', 'ɯɰɱᵯᶆḿṁṃⓜｍ'],
  ['n', 'ñńņňŉŋƞǹȵɲɳᵰᶇṅṇṉṋⁿⓝｎ'],
  ['o', 'òóôõöøōŏőơǒǫǭǿȍȏȫȭȯȱɔɵᴖᴗᶗṍṏṑṓọỏốồổỗộớờởỡợₒⓞⱺꝋꝍｏ'],
  ['p', 'ƥᵱᵽᶈṕṗⓟꝑꝓꝕꟼｐ'],
  ['q', 'ĸɋʠⓠꝗꝙｑ'],
  ['r', 'ŕŗřȑȓɍɼɽɾɿᵣᵲᵳᶉṙṛṝṟⓡꝛꞃｒ'],
  ['s', 'śŝşšſșȿʂᵴᶊṡṣṥṧṩẜẝⓢꞄｓ'],
  ['t', 'ţťŧƫƭțȶʇʈᵵṫṭṯṱẗⓣⱦｔ'],
  ['u', 'ùúûüũūŭůűųưǔǖǘǚǜȕȗʉᵤᶙṳṵṷṹṻụủứừửữựⓤｕ'],
  ['v', 'ʋʌᵥᶌṽṿⓥⱱⱴꝟｖ'],
  ['w', 'ŵƿʍẁẃẅẇẉẘⓦⱳｗ'],
  ['x', 'ᶍẋẍₓⓧｘ'],
  ['y', 'ýÿŷƴȳɏʎẏẙỳỵỷỹỿⓨｙ'],
  ['z', 'źżžƶȝȥɀʐʑᵶᶎẑẓẕⓩⱬꝣｚ'],
  ['{', '❴｛'],
  ['}', '❵｝'],
  ['~', '⁓～'],
]

/** What folds to more than one character: the character, then what it becomes. */
const ONE_TO_MANY = `
  Æ AE Þ TH ß ss æ ae þ th Ĳ IJ ĳ ij Œ OE œ oe ƕ hv Ǆ DZ ǅ Dz ǆ dz Ǉ LJ ǈ Lj ǉ lj Ǌ NJ ǋ Nj ǌ nj Ǣ AE ǣ ae Ǳ DZ ǲ Dz
  ǳ dz Ƕ HV Ǽ AE ǽ ae Ȣ OU ȣ ou ȸ db ȹ qp ɶ OE ʣ dz ʥ dz ʦ ts ʨ tc ʪ ls ʫ lz ᴁ AE ᴂ ae ᴔ oe ᴕ OU ᵫ ue ᵺ th ẞ SS Ỻ LL
  ỻ ll ‼ !! ⁇ ?? ⁈ ?! ⁉ !? ⑩ 10 ⑪ 11 ⑫ 12 ⑬ 13 ⑭ 14 ⑮ 15 ⑯ 16 ⑰ 17 ⑱ 18 ⑲ 19 ⑳ 20 ⑴ (1) ⑵ (2) ⑶ (3) ⑷ (4) ⑸ (5) ⑹
  (6) ⑺ (7) ⑻ (8) ⑼ (9) ⑽ (10) ⑾ (11) ⑿ (12) ⒀ (13) ⒁ (14) ⒂ (15) ⒃ (16) ⒄ (17) ⒅ (18) ⒆ (19) ⒇ (20) ⒈ 1. ⒉ 2. ⒊ 3.
  ⒋ 4. ⒌ 5. ⒍ 6. ⒎ 7. ⒏ 8. ⒐ 9. ⒑ 10. ⒒ 11. ⒓ 12. ⒔ 13. ⒕ 14. ⒖ 15. ⒗ 16. ⒘ 17. ⒙ 18. ⒚ 19. ⒛ 20. ⒜ (a) ⒝ (b) ⒞ (c)
  ⒟ (d) ⒠ (e) ⒡ (f) ⒢ (g) ⒣ (h) ⒤ (i) ⒥ (j) ⒦ (k) ⒧ (l) ⒨ (m) ⒩ (n) ⒪ (o) ⒫ (p) ⒬ (q) ⒭ (r) ⒮ (s) ⒯ (t) ⒰ (u) ⒱ (v)
  ⒲ (w) ⒳ (x) ⒴ (y) ⒵ (z) ⓫ 11 ⓬ 12 ⓭ 13 ⓮ 14 ⓯ 15 ⓰ 16 ⓱ 17 ⓲ 18 ⓳ 19 ⓴ 20 ⓾ 10 ❿ 10 ➉ 10 ➓ 10 ⸨ (( ⸩ )) Ꜩ TZ ꜩ tz
  Ꜳ AA ꜳ aa Ꜵ AO ꜵ ao Ꜷ AU ꜷ au Ꜹ AV ꜹ av Ꜻ AV ꜻ av Ꜽ AY ꜽ ay Ꝏ OO ꝏ oo Ꝡ VY ꝡ vy Ꝧ TH ꝧ th ﬀ ff ﬁ fi ﬂ fl ﬃ ffi ﬄ
  ffl ﬆ st`

const FOLDED = readTables()

const NON_ASCII = /[^\0-\x7f]/gu

/**
 * The text with accented and other Latin letters, digits and punctuation replaced by ASCII; what has no ASCII form stays.
 * "Straße über ﬁne" gives "Strasse uber fine".
 */
export function foldToAscii(text: string): string {
  return text.replace(NON_ASCII, (character) => FOLDED.get(character) ?? character)
}

function readTables(): ReadonlyMap<string, string> {
  const folded = new Map<string, string>()
  for (const [ascii, characters] of ONE_TO_ONE) for (const character of characters) folded.set(character, ascii)
  const pairs = ONE_TO_MANY.trim().split(/\s+/)
  for (let i = 0; i < pairs.length; i += 2) folded.set(pairs[i]!, pairs[i + 1]!)
  return folded
}
