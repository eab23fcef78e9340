/**
 * Suffixes of the Snowball stemmer of Modern Greek (Ntais 2006, Saroukos 2008), as in Snowball 2.2.
 * Copyright (c) 2001, Dr Martin Porter; 2004, 2005, Richard Boulton; 2006–2019, Olly Betts. BSD-3-Clause, see NOTICE.
 * @see https://snowballstem.org/algorithms/greek/stemmer.html
 */

/** What to put behind the rest of a word once a suffix is gone. The first that fits is taken. */
export interface GreekRestore {
  /** `whole`: the rest is one of these words. `ending`: it ends with one of them. `any`: always. */
  readonly fits: 'whole' | 'ending' | 'any'
  readonly words: readonly string[]
  readonly append: string
  /** Letters that are cut off the rest first. */
  readonly cut: number
}

/** One step: the longest of `remove` that ends the word is taken off. */
export interface GreekRule {
  readonly remove: readonly string[]
  /** Step 6 takes an ending off only when no step before it matched, but for these. */
  readonly keepsEnding: boolean
  readonly restore: readonly GreekRestore[]
}

const STEP_S3 = `
      ξαναπα επα περιπα αναμπα εμπα χαρτοπα εξαρχα κλε εκλε απεκλε αποκλε εσωκλε δανε πε επε μετεπε εσε αθρο συναθρο`

const STEP_4 = `
      αδ συναδ καταδ αντιδ ενδ φυλοδ υποδ πρωτοδ εξωδ ηθ ανηθ ξικ αλ αμμοχαλ συνομηλ μπολ μουλ τσαμ βρωμ αμαν
      μπαν καλλιν ποστελν φιλον καλπ γερ χασ μποσ πλιατσ πετσ πιτσ φυσ μπαγιατ νιτ πικαντ σερτ`

const STEP_5B = `
      ταβ νταβ ψηλοταβ λιβ κλιβ ξηροκλιβ γ αγ τραγ τσαγ αθιγγ τσιγγ ατσιγγ στεγ απηγ σιγ ανοργ ενοργ καλπουζ θ
      μωαμεθ πιθ απιθ δεκ πελεκ ικ ανικ βουλκ βασκ βραχυκ γαλ καταγαλ ολογαλ βαθυγαλ μελ καστελ πορτολ πλ διπλ
      λαοπλ ψυχοπλ ουλ μ ολιγοδαμ μουσουλμ δραδουμ βραχμ ν αμερικαν π αδαπ χαμηλοδαπ πολυδαπ κοπ υποκοπ τσοπ
      σπ ερ γερ βετερ λουθηρ κορμορ περιτρ ουρ σ βασ πολισ σαρακατσ θυσ διατ πλατ τσαρλατ τετ πουριτ σουλτ
      μαιντ ζωντ καστ φ διαφ στεφ φωτοστεφ περηφ υπερηφ κοιλαρφ πενταρφ ορφ χ αμηχ βιομηχ μεγλοβιομηχ
      καπνοβιομηχ μικροβιομηχ πολυμηχ λιχ`

const STEP_5C = 'παγ δ αδ θ αθ τοκ σκ παρακαλ σκελ απλ εμ αν βεν βαρον κοπ σερπ αβαρ εναρ αβρ μπορ θαρρ ντρ υ νιφ συρφ'

export const GREEK_STEPS_1_TO_4: readonly GreekRule[] = [
  // step 1
  rule('φαγια φαγιων φαγιου', otherwise('φα')),
  rule('σκαγια σκαγιων σκαγιου', otherwise('σκα')),
  rule('ολογια ολογιων ολογιου', otherwise('ολο')),
  rule('σογια σογιων σογιου', otherwise('σο')),
  rule('τατογια τατογιων τατογιου', otherwise('τατο')),
  rule('κρεατα κρεατων κρεασ κρεατοσ', otherwise('κρε')),
  rule('περατα περατη περατων περασ περατοσ', otherwise('περ')),
  rule('τερατα τερατων τερασ τερατοσ', otherwise('τερ')),
  rule('φωτα φωτων φωτοσ φωσ', otherwise('φω')),
  rule('καθεστωτα καθεστωτων καθεστωτοσ καθεστωσ', otherwise('καθεστ')),
  rule('γεγονοτα γεγονοτων γεγονοσ γεγονοτοσ', otherwise('γεγον')),
  // step s1–s10
  rule(
    'ιζα ιζε ιζαμε ιζουμε ιζανε ιζουνε ιζατε ιζετε ιζει ιζαν ιζουν ιζεσ ιζεισ ιζω',
    ifWhole('πα ξαναπα επα περιπα αναμπα εμπα δανε αθρο συναθρο', 'ι'),
    ifWhole(
      'β βαθυρι βαρκ μαρκ λ μ κορν π ιμπ ρ μαρ αμπαρ γκρ βολβορ γλυκορ πιπερορ πρ μπρ αρρ γλυκυρ πολυρ λου',
      'ιζ',
    ),
  ),
  rule('ωθηκα ωθηκε ωθηκαμε ωθηκανε ωθηκατε ωθηκαν ωθηκεσ', ifWhole('βι λι αλ εν σ χ υψ ζω', 'ων')),
  rule(
    'ισα ισαμε ισανε ισε ισατε ισαν ισεσ',
    ifWhole(STEP_S3, 'ι'),
    ifWhole('γε γκε γκ μ πουκαμ κομ αν ολο π λαρ δημοκρατ αφ γιγαντοαφ', 'ισ'),
  ),
  rule('ισουμε ισουνε ισετε ισει ισουν ισεισ ισω', ifWhole(STEP_S3, 'ι')),
  rule(
    'ιστα ιστε ιστη ιστοι ιστων ιστο ιστεσ ιστησ ιστοσ ιστουσ ιστου',
    ifWhole('κλε εσωκλε πλε δανε σε ασε συναθρο', 'ι'),
    ifWhole(
      `
      ατα φα ηφα μεγ λυγ ηδ καθ εχθ κακ μακ σκ φιλ κυλ μ γεμ αχν π απ εμπ ευπ αρ αορ γυρ χρ χωρ κτ ακτ χτ αχτ
      ταχ σχ ασχ υψ`,
      'ιστ',
    ),
  ),
  rule(
    'ισμοι ισμων ισμο ισμοσ ισμουσ ισμου',
    ifWhole('εγκλε αποκλε σε μετασε μικροσε', 'ισμ'),
    ifWhole('δανε αντιδανε', 'ι'),
    cutting(2, 'ατομικ εθνικ τοπικ εκλεκτικ σκεπτικ γνωστικ αγνωστικ αλεξανδριν θεατριν βυζαντιν'),
  ),
  rule('ουδακια αρακια ουδακι αρακι', ifWhole('σ χ', 'αρακ')),
  rule(
    'ακια αρακια ιτσα ακι αρακι ιτσων ιτσασ ιτσεσ',
    ifWhole(
      `
      βαμβ σλοβ τσεχοσλοβ τζ κ καπακ σοκ σκ μαλ πλ λουλ φυλ καιμ κλιμ φαρμ σπαν κον κατραπ ρ βρ λαβρ αμβρ μερ
      ανθρ κορ σ ναγκασ μουστ ρυ φ σφ αλισφ χ`,
      'ακ',
    ),
    ifWhole('β καρδ ζ βαλ γλ τριπολ γιαν ηγουμεν μακρυν π πατερ τοσ νυφ', 'ιτσ'),
    ifEnding('κορ', 'ιτσ'),
  ),
  rule('ιδια ιδιων ιδιο', ifWhole('ψαλ αιφν ολο ιρ', 'ιδ'), ifEnding('ε παιχν', 'ιδ')),
  rule('ισκε ισκο ισκοσ ισκου', ifWhole('ιβ δ φραγκ λυκ οβελ μην ρ', 'ισκ')),
  // step 2a–2d
  ruleKeepingEnding('αδων αδεσ', ifEnding('γιαγι θει οκ μαμ μαν μπαμπ πεθερ πατερ κυρ νταντ', ''), otherwise('αδ')),
  ruleKeepingEnding('εδων εδεσ', ifEnding('μιλ δαπ γηπ ιπ εμπ οπ κρασπ υπ', 'εδ')),
  ruleKeepingEnding('ουδων ουδεσ', ifEnding('τραγ φε καλιακ αρκ σκ πεταλ βελ λουλ φλ χν πλεξ σπ φρ σ λιχ', 'ουδ')),
  rule('εων εωσ', ifWhole('δ ιδ θ γαλ ελ ν π παρ', 'ε')),
  // step 3, 4
  rule('ια ιων ιου', ifEnding('α ε η ι ο υ ω', 'ι')),
  rule(
    'ικα ικων ικο ικου',
    ifJoined(STEP_4, 'α ε η ι ο υ ω', 'ιικκ'),
    ifEnding('α ε η ι ο υ ω', 'ικ'),
    ifWhole(STEP_4, 'ικ'),
  ),
]

export const GREEK_STEPS_5_AND_6: readonly GreekRule[] = [
  // step 5a–5m, with 5j before 5i
  rule('αγαμε ηκαμε ηθηκαμε ησαμε ουσαμε'),
  rule('αμε', ifWhole('βουβ ξεθ πεθ αποθ αποκ ουλ αναπ πικρ ποτ αποστ χ σιχ', 'αμ')),
  rule('αγανε ηκανε ηθηκανε ησανε ουσανε οντανε ιοντανε ουντανε ιουντανε οτανε ιοτανε', ifWhole('τρ τσ', 'αγαν')),
  rule('ανε', ifJoined(STEP_5B, 'α ε η ι ο ω', 'αανν'), ifEnding('α ε η ι ο ω', 'αν'), ifWhole(STEP_5B, 'αν')),
  rule('ησετε'),
  rule(
    'ετε',
    ifJoined(STEP_5C, 'α ε η ι ο ω', 'εεττ'),
    ifEnding('α ε η ι ο ω', 'ετ'),
    ifJoined(STEP_5C, 'οδ σθ βρ σχ', 'ετετ'),
    ifEnding(
      `
      ενδ συνδ οδ διαθ καθ ραθ ταθ τιθ εκθ ενθ συνθ ροθ υπερθ σθ ευθ αρκ ωφελ βολ αιν πον ρον συν βαρ βρ αιρ
      φορ ευρ πυρ χωρ νετ σχ`,
      'ετ',
    ),
    ifWhole(STEP_5C, 'ετ'),
  ),
  rule('οντασ ωντασ', ifWhole('αρχ', 'οντ'), ifEnding('κρε', 'ωντ')),
  rule('ομαστε ιομαστε', ifWhole('ον', 'ομαστ')),
  rule('ιεστε', ifWhole('π απ ακαταπ συμπ ασυμπ αμεταμφ', 'ιεστ')),
  rule('εστε', ifWhole('ζ αλ παρακαλ εκτελ μ ξ προ αρ νισ', 'ιεστ')),
  rule('ηθηκα ηθηκε ηθηκεσ'),
  rule('ηκα ηκε ηκεσ', ifEnding('πιθ οθ ναρθ σκουλ σκωλ σφ', 'ηκ'), ifWhole('θ διαθ παρακαταθ συνθ προσθ', 'ηκ')),
  rule(
    'ουσα ουσε ουσεσ',
    ifEnding('φαγ ληγ φρυδ μαντιλ μαλλ ομ βλεπ ποδαρ κυματ πρωτ λαχ πανταχ', 'ουσ'),
    ifWhole(
      `
      τσα χαδ μεδ λαμπιδ δε πλε μεσαζ δεσποζ αιθ φαρμακ αγκ ανηκ λ μ αμ βρομ υποτειν εκλιπ ρ ενδιαφερ αναρρ
      πατ καθαρευ δευτερευ λεχ`,
      'ουσ',
    ),
  ),
  rule('ησα ησε ησου', ifWhole('ν δωδεκαν επταν μεγαλον ερημον χερσον', 'ησ')),
  rule(
    'αγα αγε αγεσ',
    ifEnding('κολλ', 'αγ'),
    ifEnding('ψοφ ναυλοχ', ''),
    ifEnding('πελ λλ σμην ρπ πρ φρ χορτ οφ σφ λοχ', 'αγ'),
    ifWhole(
      `
      αμαλλι λ αμαλ μ ουλαμ εν δερβεν π αειπ αρτιπ συμπ νεοπ κροκαλοπ ολοπ προσωποπ σιδηροπ δροσοπ ασπ ανυπ ρ
      ασπαρ χαρ αχαρ απερ τρ ουρ τ διατ επιτ συντ ομοτ νομοτ αποτ υποτ αβαστ αιμοστ προστ ανυστ ναυ αφ ξεφ
      αδηφ παμφ πολυφ`,
      'αγ',
    ),
  ),
  rule('ηστε', ifWhole('σβ ασβ απλ αειμν χρ αχρ κοινοχρ δυσχρ ευχρ παλιμψ', 'ηστ')),
  rule('ουνε ηθουνε ησουνε', ifWhole('σπι ν εξων ρ στραβομουτσ κακομουτσ', 'ουν')),
  rule('ουμε ηθουμε ησουμε', ifWhole('αζ ωριοπλ ασουσ παρασουσ αλλοσουσ φ χ', 'ουμ')),
  // step 6: the first part; what follows is GREEK_ENDINGS and GREEK_COMPARISONS
  ruleKeepingEnding('ματα ματων ματοσ', otherwise('μα')),
]

export const GREEK_ENDINGS = byLength(`
  α ιουμα ομουνα ιομουνα οσουνα ιοσουνα ε αγατε ηκατε ηθηκατε ησατε ουσατε ειτε ηθειτε ιεμαστε ουμαστε ιουμαστε
  ιεσαστε οσαστε ιοσαστε η ι αμαι ιεμαι ομαι ουμαι ασαι εσαι ιεσαι αται εται ιεται ονται ουνται ιουνται ει αει
  ηθει ησει οι αν αγαν ηκαν ηθηκαν ησαν ουσαν οντουσαν ιοντουσαν ονταν ιονταν ουνταν ιουνταν οταν ιοταν ομασταν
  ιομασταν οσασταν ιοσασταν ουν ηθουν ομουν ιομουν ησουν οσουν ιοσουν ων ηδων ο ασ εσ ηδεσ ησεσ ησ εισ ηθεισ οσ υσ
  ουσ υ ου ω αω ηθω ησω`)

export const GREEK_COMPARISONS = byLength('οτερ εστερ υτερ ωτερ οτατ εστατ υτατ ωτατ')

function rule(remove: string, ...restore: readonly GreekRestore[]): GreekRule {
  return { remove: byLength(remove), keepsEnding: false, restore }
}

function ruleKeepingEnding(remove: string, ...restore: readonly GreekRestore[]): GreekRule {
  return { remove: byLength(remove), keepsEnding: true, restore }
}

function ifWhole(words: string, append: string): GreekRestore {
  return { fits: 'whole', words: byLength(words), append, cut: 0 }
}

/**
 * The stemmer that FastEmbed runs (rust-stemmers 1.2) restores twice, the second time inside the first, where the rest
 * is a listed word and one more ending: its `or` binds less than the rule means. `append` is what comes of it.
 */
function ifJoined(words: string, endings: string, append: string): GreekRestore {
  const joined = byLength(words).flatMap((word) => byLength(endings).map((ending) => word + ending))
  return { fits: 'whole', words: joined, append, cut: 0 }
}

function ifEnding(words: string, append: string): GreekRestore {
  return { fits: 'ending', words: byLength(words), append, cut: 0 }
}

function cutting(cut: number, words: string): GreekRestore {
  return { fits: 'ending', words: byLength(words), append: '', cut }
}

function otherwise(append: string): GreekRestore {
  return { fits: 'any', words: [], append, cut: 0 }
}

/** Words of a list, the longest first: Snowball takes the longest that matches. */
function byLength(words: string): readonly string[] {
  return words
    .trim()
    .split(/\s+/)
    .sort((a, b) => b.length - a.length)
}
