"""Small random programs with one input each, for comparing an executor with plain CPython.

The programs are composed by a grammar: rules of alternatives with slots such as `<num>`, which are filled again and
again. So no list of snippets ends up in a test, and a longer run meets programs that nobody has seen. All chance comes
from one `random.Random(seed)`: the same seed gives the same programs.

Loops are bounded, numbers that repeat or shift are small (`k`), and nothing depends on time, files or addresses. The
kind "chance" is the exception: its values may hang on hashes, addresses and the depth of the stack.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterator
from textwrap import indent

# --- literals --------------------------------------------------------------------------------------------------------
WORDS = (
    "apple",
    "Banana",
    "cherry pie",
    "a",
    "",
    "zebra",
    "aXbXc",
    "hello world",
    "  pad  ",
    "tab\tstop",
    "one,two,,3",
    "line\nbreak",
    "Mixed CASE",
    "x1y22z333",
    "-42",
    "3.5",
    "0x1f",
    "naïve",
    "Straße",
    "ΑΣ",
    "日本語",
    "e\u0301",
    "aaa",
    "abcabc",
    "k=v;q=w",
    "don't",
    '"q"',
    "\u00b2",
    "\u0663",
    "ǅ",
    "ﬁn",
    "under_score",
    "A-B_C d",
    "12:30",
    "a\r\nb\x0bc",
    "\u2028x",
    "😀!",
    "back\\slash",
    "%d {0}",
    "_id",
    "class",
    "1_000",
    " 7 ",
    "aAbB",
    "ß",
)
SMALL_WORDS = ("a", "b", "ab", "c", "x", "an", "pear", "fig", "kiwi", "Zoo", "k1", "", "d", "apple", "plum", "é")
INTS = (
    0,
    1,
    -1,
    2,
    3,
    -7,
    10,
    12,
    17,
    42,
    97,
    100,
    -100,
    255,
    256,
    1000,
    1024,
    65535,
    -12345,
    10**6,
    2**31,
    -(2**31),
    2**53 + 1,
    2**63,
    -(2**63) - 1,
    10**18,
    10**20,
    123456789,
)
FLOATS = (
    0.0,
    -0.0,
    0.5,
    1.5,
    2.5,
    -2.5,
    0.1,
    0.2,
    1e16,
    1e-7,
    123456.789,
    -3.75,
    1e22,
    1 / 3,
    2.675,
    1e300,
    5e-324,
    100.0,
    7.0,
    1e100,
    0.125,
    -1.0,
    3.0,
    99.995,
)
CHARACTERS = " abcxyzABC019.,-_*\t\n"
NAMED = ("s", "t", "n", "k", "x", "y", "xs", "ys", "ws", "d", "b", "m", "p")  # what `f` may be given, by name


class Source:
    """Fills the slots of the rules; one source makes one stream of programs."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.groups = 0  # how many groups the last regular expression has

    def pick(self, options):
        return options[int(self.chance.random() * len(options))]

    def odds(self, share: float) -> bool:
        return self.chance.random() < share

    def count(self, low: int, high: int) -> int:
        return low + int(self.chance.random() * (high - low + 1))

    # literal slots, by name
    def text(self) -> str:
        if self.odds(0.7):
            return self.pick(WORDS)
        return "".join(self.pick(CHARACTERS) for _ in range(self.count(0, 12)))

    def slot_str(self) -> str:
        return repr(self.text())

    def slot_nothing(self) -> str:
        return ""

    def slot_word(self) -> str:
        return repr(self.pick(SMALL_WORDS))

    def slot_char(self) -> str:
        return repr(self.pick("abcxz*0_ -.é,"))

    def slot_int(self) -> str:
        return str(self.pick(INTS) if self.odds(0.5) else self.count(-20, 40))

    def slot_small(self) -> str:
        return str(self.count(-3, 8))

    def slot_positive(self) -> str:
        return str(self.count(1, 9))

    def slot_float(self) -> str:
        if self.odds(0.04):
            return self.pick(("float('inf')", "float('nan')", "-float('inf')"))
        return repr(self.pick(FLOATS) if self.odds(0.6) else round(self.chance.uniform(-50, 50), self.count(0, 4)))

    def slot_index(self) -> str:
        return self.pick(("0", "1", "2", "3", "-1", "-2", "-4", "5", "7", "99", "-99", "k"))

    def slot_bound(self) -> str:
        return self.pick(("", "", "", "0", "1", "2", "3", "-1", "-2", "5", "9", "-9", "None", "k"))

    def slot_step(self) -> str:
        return self.pick(("1", "2", "-1", "-1", "-2", "3", "-3", "2", "-1", "0", "k", ""))

    def slot_ints(self) -> str:
        return str([self.count(-9, 12) for _ in range(self.count(0, 6))])

    def slot_words(self) -> str:
        return repr([self.pick(SMALL_WORDS) for _ in range(self.count(0, 5))])

    def slot_bytes(self) -> str:
        if self.odds(0.5):
            return repr(self.text().encode())
        codes = [self.count(0, 255) if self.odds(0.3) else self.pick(b"abc xyz09,") for _ in range(self.count(0, 6))]
        return repr(bytes(codes))

    def slot_pairs(self) -> str:
        return repr({self.pick(SMALL_WORDS): self.count(-5, 9) for _ in range(self.count(0, 5))})

    def slot_nested(self) -> str:
        return repr([[self.count(-5, 9) for _ in range(self.count(0, 3))] for _ in range(self.count(0, 4))])

    def slot_mixed(self) -> str:
        name = self.pick(("int", "str", "float", "ints", "pairs", "bytes", ""))
        return self.value(name) if name else self.pick(("None", "True", "False", "()", "(1, 'a')", "{}", "2 + 3j"))

    def slot_ispec(self) -> str:
        return self._spec("bcdoxXnd,_", 0.06)

    def slot_fspec(self) -> str:
        return self._spec("eEfFgGn%gf", 0.6)

    def slot_sspec(self) -> str:
        return self._spec("ss", 0.4, signs=0.1)

    def _spec(self, types: str, precise: float, signs: float = 0.3) -> str:
        text = ""
        if self.odds(0.5):
            text += (self.pick("*_0 xé.") if self.odds(0.5) else "") + self.pick("<>^=" if self.odds(signs) else "<>^")
        if self.odds(signs):
            text += self.pick("+- ")
        if self.odds(signs / 2):
            text += "#"
        if self.odds(signs / 2):
            text += "0"
        if self.odds(0.6):
            text += str(self.count(1, 14))
        kind = self.pick(types) if self.odds(0.75) else ""
        if self.odds(signs / 2) and kind not in (",", "_"):
            text += self.pick(",_")
        if self.odds(precise):
            text += f".{self.count(0, 6)}"
        return text + kind

    def slot_percent(self) -> str:
        width = str(self.count(1, 10)) if self.odds(0.5) else ""
        precision = f".{self.count(0, 5)}" if self.odds(0.4) else ""
        return f"%{self.pick(('', '-', '+', ' ', '0', '#', ''))}{width}{precision}{self.pick('dsrfgexXoaicGEdsf')}"

    def slot_digits(self) -> str:
        base = self.pick("01 0123456789 0123456789abcdef 0123456789abcdefghijz".split())
        body = "".join(self.pick(base) for _ in range(self.count(1, 7)))
        sign = self.pick(("", "", "-", "+", " ", "0x", "0b", "0o", "_"))
        return repr(sign + body + self.pick(("", "", "", " ", "_1", ".0")))

    def slot_pattern(self) -> str:
        self.groups = 0
        text = "".join(self._piece(2) for _ in range(self.count(1, 4)))
        if self.odds(0.12):
            text = self.pick(("^", r"\b", "(?i)", r"\A")) + text
        if self.odds(0.1):
            text += self.pick(("$", r"\Z", r"\b"))
        if self.odds(0.04):
            text += self.pick(("(", "[", "*", r"\9", "(?P<W1>", "(?P<W1>a)(?P<W1>b)"))
        return text.replace('"', "'") or "a"

    def _piece(self, depth: int) -> str:
        atom = self.pick(r"a b x \d \w \s . [a-c] [^a-z] [0-9.] \W an , [A-Z] \S".split())
        if not depth or self.odds(0.6):
            return atom + self.pick(("", "", "", "+", "*", "?", "{2}", "{1,3}", "+?", "*?"))
        inner = self._piece(depth - 1) + (self._piece(0) if self.odds(0.5) else "")
        form = self.pick(
            (
                "({})",
                "({})",
                "({})",
                "(?:{})",
                "(?:{}|{})",
                "({}|{})",
                "(?={})",
                "(?!{})",
                "(?P<W{n}>{})",
                "({})?",
                "(?<=a){}",
                "(?<!b){}",
                r"({})\{n}",
            )
        )
        if form.startswith("(") and not form.startswith("(?") or "?P" in form:
            self.groups += 1
        return form.format(inner, self._piece(0), n=self.groups)

    def slot_repl(self) -> str:
        top = max(1, self.groups)
        return self.pick(
            (
                r"r'[\g<0>]'",
                r"r'\1'",
                rf"r'<\{self.count(1, top)}>'",
                "'-'",
                "''",
                "lambda q: q.group().upper()",
                "lambda q: str(q.span())",
                "lambda q: str(len(q[0]))",
                "lambda q: q[0][::-1]",
                r"r'\g<1>0'",
                "lambda q: repr(q.groups())",
                "lambda q: (q.lastgroup or '.') + q[0]",
                r"r'a\tb'",
                r"r'\g<W1>'",
                "lambda q: str(q.start())",
                r"'\\\\'",
                "str",
            )
        )

    def slot_flags(self) -> str:
        return self.pick(("",) * 3 + tuple(f", flags=re.{name}" for name in ("I", "M", "S | re.I", "A", "X")))

    # rules
    def fill(self, text: str, depth: int = 0) -> str:
        """The text with every slot filled; more lines in a slot keep the place that the first has."""
        parts, at = [], 0
        for slot in SLOT.finditer(text):
            parts.append(text[at : slot.start()])
            at = slot.end()
            new = self.value(slot[1], depth)
            if "\n" in new:
                lead = text[text.rfind("\n", 0, slot.start()) + 1 : slot.start()]
                new = new.replace("\n", "\n" + " " * len(lead)) if not lead.strip() else new
            parts.append(new)
        return "".join(parts) + text[at:]

    def value(self, name: str, depth: int = 0) -> str:
        literal = getattr(self, f"slot_{name}", None)
        if literal:
            return literal()
        options = SHORT[name] if depth > 3 else RULES[name]
        return self.fill(self.pick(options), depth + 1)

    def arguments(self, names: list[str]) -> str:
        makers = {
            "s": "str",
            "t": "word",
            "n": "int",
            "k": "small",
            "x": "float",
            "y": "float",
            "xs": "ints",
            "ys": "ints",
            "ws": "words",
            "d": "pairs",
            "b": "bytes",
            "m": "nested",
        }
        texts = []
        for name in names:
            if name == "p":
                text = self.pick(("(1, 2, 3)", "('a', 2)", "()", "(0,)", "(1, (2,), 'x')", "(3, 1, 2)", "(None,)"))
            elif name == "t" and self.odds(0.3):
                text = self.slot_str()
            else:
                text = self.value(makers[name])
                if name in ("xs", "ws", "s") and len(text) < 4:  # empty ones are wanted, but not that often
                    text = self.value(makers[name])
            texts.append(text)
        if texts and self.odds(0.06):
            texts[-1] = f"{names[-1]}={texts[-1]}"
        return ", ".join(texts)


SLOT = re.compile(r"<([a-z_]+)>")

# --- the rules: one alternative a line, or a paragraph where the rule has several lines -------------------------------
GRAMMAR: dict[str, str] = {
    # what all kinds share
    "num": "n\nk\nx\ny\nn\nx\n<int>\n<float>\n<small>\nTrue\nlen(s)\nsum(xs)\n-n\n(n + k)\n(x * 2)",
    "whole": "n\nk\nn\n<int>\n<small>\nlen(xs)\nsum(xs)\n(n // 3)\n-k\nabs(n)",
    "text": "s\nt\ns\n<str>\ns + t\ns.upper()\n''.join(ws)\ns[<slice>]\nt * 2\ns.strip()\n(s or t)\nt.title()",
    "list": "xs\nys\nxs\nxs + ys\nsorted(xs)\nlist(range(k))\n[c * 2 for c in xs]\nxs[<slice>]\n<ints>\nws\nlist(s)",
    "slice": "<bound>:<bound>\n<bound>:<bound>\n<bound>:<bound>:<step>\n::<step>\n<bound>:<bound>:<step>",
    "cond": "n > k\nk % 2\nlen(s) > <positive>\nxs\nnot s\nk == <small>\nn < <int> <= n + k\ns in ws\nt in s\nd\nx > y",
    "caught": "Exception\nException\nException\nValueError\n(TypeError, ValueError)\nLookupError\nArithmeticError",
    "shown": "str(e)\ntype(e).__name__\n(type(e).__name__, str(e))\nrepr(e)[:60]\n'failed'\n[str(e)]\nlen(e.args)",
    # formats
    "formats": r"""
format(<whole>, '<ispec>')
format(<num>, '<fspec>')
format(<text>, '<sspec>')
format(<num>, '<ispec>')
f'{<whole>:<ispec>}'
f'{<num>:<fspec>}'
f'{<num>:<fspec>}|{<whole>:<ispec>}'
f'{s!r:<sspec>}'
f'{s!a:<sspec>}{t!s}'
f'{n:{abs(k)}}'
f'{x:{abs(k)}.{k % 5}f}'
f'{s:{t[:1]}>{len(s) + 3}}'
f'{n:<{k}}'
f'{x:.{k % 6}<ftype>}'
f'{n=}'
f'{x = :<fspec>}'
f'{s=!s:>10}'
f'{xs!r:>{k + 20}}'
f'{xs:>9}'
f'{d}{p}'
f'{b!r}{None}'
f'{{{n}}}{{}}'
f"{d.get('a', 'none'):^9}"
f'{n if <cond> else x}'
f'{(lambda c: c + 1)(k)}'
'<percent>' % <num>
'<percent>|<percent>' % (<num>, <text>)
'<percent>' % <text>
'<percent>' % (<list>,)
'%(a)s %(c)05d' % {'a': <text>, 'c': k}
'%(zz)s' % d
'%*d|%-*s' % (k, n, <positive>, s)
'%.*f' % (<positive>, x)
'%c%c' % (abs(k) + 64, <char>)
'%s %s' % (<num>,)
'%%%s%%' % <num>
'{} {}'.format(<text>, <num>)
'{1}{0!r}{1:<sspec>}'.format(<num>, <text>)
'{0[0]}{1.real}'.format(<list>, k)
'{a}{0}{a!r:>8}'.format(n, a=s)
'{:<ispec>}'.format(<whole>)
'{:<fspec>}'.format(<num>)
'{:{}}|{:{w}}'.format(n, abs(k), s, w=<positive>)
'{0:{1}.{2}}'.format(s, abs(k) + 1, <positive>)
'{}{1}'.format(n, k)
'{a[x1]}{a[y]}'.format(a={'x1': n, 'y': s})
'{0!s:>{1}}'.format(xs, <positive>)
'{zz}'.format_map(d)
'{:,}{:_}'.format(n, n)
'{:>{}}'.format(<text>, <small>)
str(<num>) + repr(<num>)
repr(<mixed>)
ascii(<text>)
str([<num>, <text>, <mixed>])
str({'k': <num>, 2: (<text>,)})
''.join(f'{c:>{i}}' for i, c in enumerate(s))
' '.join(f'{c:<ispec>}' for c in xs)
[f'{i}:{c!r}' for i, c in enumerate(ws, <small>)]
'|'.join('{:<sspec>}'.format(c) for c in ws)
f'{s}' f'{t!r}' 'tail'
f'{x:e}'.upper() + f'{n:#x}'
f'{complex(k, x)}'
f'{complex(x, k):.2f}'
f'{True:d}{False}'
str(b, 'utf-8', 'replace')
'%s' % b
'%a' % s
b'%s|%d' % (b, n)
b'%x %5.1f' % (n, x)""",
    "ftype": "f\ne\ng\n%\nG\nE",
    # strings and bytes
    "strings": r"""
<text>.find(<text>, <index>)
<text>.find(<char>, <index>, <index>)
<text>.rfind(<text>)
<text>.rfind(<char>, <index>)
s.index(<char>)
s.rindex(t, <index>)
<text>.count(<text>)
<text>.count('')
s.count(<char>, <index>, <index>)
<text>.split()
<text>.split(<char>)
<text>.split(<sep>, <small>)
<text>.rsplit(<sep>, <small>)
<text>.rsplit(None, <small>)
<text>.split(None, <small>)
s.split(t)
<text>.partition(<char>)
<text>.rpartition(<char>)
s.partition(t)
<text>.replace(<char>, <text>)
<text>.replace(t, '<>', <small>)
s.replace('', '-')
s.replace('', '-', <small>)
<text>.strip(<text>)
<text>.lstrip(<word>)
<text>.rstrip()
<text>.center(<positive> + 5, <char>)
<text>.ljust(abs(k), <char>)
s.rjust(k + 10, <char>)
s.center(k + 6)
s.ljust(8, <word>)
<text>.zfill(k + 6)
<text>.expandtabs(<small>)
('a\t' + s).expandtabs()
<text>.splitlines()
<text>.splitlines(True)
<text>.splitlines(keepends=k > 0)
<text>.<plain>()
<text>.<plain>()
<text>.<test>()
[c.<test>() for c in s]
<text>.startswith(<word>)
s.startswith((<word>, t), <index>)
s.endswith(t, <index>, <index>)
s.endswith((t, <char>))
s.startswith(xs)
s.removeprefix(t).removesuffix(<char>)
s.translate(str.maketrans('abc', 'xyz'))
s.translate(str.maketrans('ab', 'yx', <char>))
s.translate({97: None, 98: 'BB', ord(<char>): <str>})
s.translate(str.maketrans({'a': 'A', <char>: ''}))
str.maketrans(s, t)
<char>.join(ws)
<text>.join(s)
t.join(xs)
<text>.encode(<codec>)
<text>.encode(<codec>, <errors>)
len(s.encode()) - len(s)
b.decode(<codec>, <errors>)
b.decode()
s.encode().decode('latin-1')
[ord(c) for c in s]
ord(t)
chr(abs(k) + 960)
chr(n)
t in s
s < t
min(s)
max(s, key=str.lower)
sorted(s)
s * k
s + <num>
s[<index>]
s[<slice>]
s.isidentifier() and not s.isalpha()
''.join(reversed(s)).<plain>()
''.join(c for c in s if c.<test>())
' '.join(w.<plain>() for w in s.split(<sep>))
[w.<plain>() for w in ws]
{c: s.count(c) for c in s}
list(zip(s, t))
str(s.encode(), 'ascii', <errors>)
s.title().swapcase()
s == s.casefold() == t
s.format(<num>, k)
b.find(<bytes>, <index>)
b.split(<bytes>)
b.split(b',', <small>)
b.rsplit(None, <small>)
b.replace(b'a', <bytes>)
b.partition(b' ')
b.strip(<bytes>)
b.hex()
b.hex('-', <small>)
bytes.fromhex(<text>)
bytes.fromhex(b.hex())
b.<plainb>()
b.<testb>()
b[<index>]
b[<slice>]
b.count(<bytes>)
b.translate(None, <bytes>)
b.translate(bytes(range(256))[::-1])
b.startswith(<bytes>)
b.ljust(<positive>, b'.')
b.zfill(<positive>)
b.splitlines()
b.expandtabs(<positive>)
b + s
b + b'x' * k
bytes(xs)
bytes([abs(c) for c in xs])
list(b)
b.join([b'1', b'2'])
bytes(bytearray(b)[::-1])
bytes(memoryview(b)[1:3])
97 in b
t in b
int.from_bytes(b[:3], 'little')
b.index(<bytes>)
b.rfind(b'')
bytes(<small>)
s.encode('utf-8', 'strict').<plainb>()
bytes.maketrans(b'ab', b'xy')[95:100]
b == s
b < <bytes>
sum(b)""",
    "sep": "' '\n','\n'a'\nNone\n'X'\n<char>\n'bc'\nt",
    "plain": "upper\nlower\ntitle\ncapitalize\nswapcase\ncasefold\nstrip\nlstrip\nrstrip\nsplitlines",
    "plainb": "upper\nlower\ntitle\ncapitalize\nswapcase\nstrip\nsplit",
    "test": "isalpha\nisdigit\nisalnum\nisspace\nisupper\nislower\nistitle\nisidentifier\nisdecimal\nisnumeric\n"
    "isprintable\nisascii",
    "testb": "isalpha\nisdigit\nisalnum\nisspace\nisupper\nislower\nistitle\nisascii",
    "codec": "'utf-8'\n'ascii'\n'latin-1'\n'utf-16'\n'utf-32'\n'cp1252'\n'utf-8'\n'unicode_escape'\n"
    "'utf-8-sig'\n'utf-16-le'\n"
    "'no-such'\n'cp437'\n'raw_unicode_escape'\n'iso8859-15'\n'UTF8'\n'punycode'",
    "errors": "'strict'\n'ignore'\n'replace'\n'backslashreplace'\n'xmlcharrefreplace'\n'namereplace'\n"
    "'surrogateescape'\n'nope'",
    # slices
    "slices": r"""
<list>[<slice>]
<text>[<slice>]
p[<slice>]
b[<slice>]
<list>[<index>]
p[<index>]
m[<index>][<slice>]
slice(<cut>, <cut>, <cut>).indices(<positive>)
list(range(<small>, <int> % 30, <positive>))[<slice>]
list(range(<positive> * 3)[<slice>])
range(k, 20, 3)[<index>]
(<list> * 2)[<slice>]
<list>[::-1][<slice>]
[*xs[<slice>], *s[<slice>]]
xs[<slice>] + ys[<slice>]
xs.index(<small>, <index>)
xs.count(<small>)
xs[slice(<cut>, <cut>)]
[c[<slice>] for c in ws]
[c[<index>] for c in m if c]
xs[<slice>] == list(p)[<slice>]
[xs[i:i + 2] for i in range(0, len(xs), 2)]
list(zip(*[iter(xs)] * 2))
[list(c) for c in zip(*m)]
xs[k] if -len(xs) <= k < len(xs) else None
xs[True:]
xs[x]
s[t]
tuple(reversed(p))[<slice>]
''.join(ws)[<slice>]
len(range(<int>, <int>, <positive>))
list(range(10))[<slice>]
bytes(bytearray(b)[<slice>])
(xs[-1:] or [None])[0]
max(xs[<slice>], default=<small>)""",
    "cut": "None\n<small>\n<small>\n-1\n0\n99",
    "slice_change": r"""
xs[<slice>] = <list>
xs[<slice>] = <ints>
xs[<bound>:<bound>] = <text>
xs[<bound>:<bound>] = ys[<slice>]
xs[::2] = [<small>] * len(xs[::2])
xs[<slice>] = (c * c for c in ys)
xs[<slice>] = <small>
del xs[<slice>]
del xs[<index>]
del ys[<bound>:<bound>]
xs[<index>] = <mixed>
xs[<index>] += <small>
xs.insert(<index>, <mixed>)
xs.pop(<index>)
xs.pop()
xs.remove(<small>)
xs.extend(<list>)
xs += <text>
xs *= <small>
xs.reverse()
xs[:] = xs[<slice>]
xs[len(xs):] = [<mixed>]
ys = xs
ys = xs[:]
m.append(xs)
m[0][<slice>] = ys
xs.append(xs[<index>])
a, *c = xs; out.append((a, c))
*a, c, q = <list>; out.append(a)
a, (c, *q) = <small>, s; out.append([c, q])
xs[0], xs[-1] = xs[-1], xs[0]
xs.sort(reverse=k > 0)
xs.clear()
ws[<slice>] = s
s = s[:<index>] + t + s[<index>:]
p[<index>] = 1
s[0] = 'x'""",
    # numbers
    "numbers": r"""
<num> + <num>
<num> - <num> * <num>
<num> / <num>
<num> // <num>
<num> % <num>
<whole> // <whole>
<whole> % <whole>
-7 // <positive>, -7 % <positive>
n // -<positive>, n % -<positive>
divmod(<num>, <num>)
divmod(<whole>, <positive>)
round(<num>)
round(<num>, <small>)
round(<whole>, -<positive>)
[round(c + 0.5) for c in xs]
[round(c / 4, 1) for c in xs]
<num> ** <small>
<whole> ** <positive>
x ** y
pow(n, abs(k), <positive> + 1)
pow(<whole>, -1, <int>)
pow(<num>, <small>)
n.bit_length(), n.bit_count()
(-n).bit_length()
n.to_bytes(<positive>, 'big')
n.to_bytes(<positive>, 'little', signed=True)
int.from_bytes(b, 'big')
int.from_bytes(b, <endian>, signed=<bool>)
n << abs(k)
n >> <small>
~n & 0xFF
n ^ k | <whole>
<whole> & <whole>
int(<digits>, <base>)
int(<digits>)
int(<text>)
int(<num>)
float(<text>)
float(<digits>)
x.hex()
float.fromhex(x.hex()) == x
float.fromhex(<digits>)
x.is_integer(), int(x) == x
x.as_integer_ratio()
n.as_integer_ratio()
hex(n), oct(k), bin(n)
math.<mathone>(<num>)
math.<mathone>(x)
math.<mathtwo>(<num>, <num>)
math.gcd(n, k, <whole>)
math.lcm(<whole>, <positive>)
math.isqrt(<whole>)
math.comb(<positive>, k)
math.perm(<positive>, abs(k))
math.factorial(k)
math.fsum([x, y, <num>])
math.prod(xs, start=<num>)
math.isclose(<num>, <num>, rel_tol=0.1)
math.log(<num>, <positive>)
math.dist((x, k), (y, 0))
math.ldexp(x, k)
math.frexp(x)
math.modf(x)
str(Fraction(<whole>, <whole>))
str(Fraction(<positive>, <positive>) <arith> Fraction(k, 3))
str(Fraction(x).limit_denominator(<positive> * 10))
Fraction(<positive>, 4) > x
str(Fraction(<text>))
(Fraction(n, 7) % 1).numerator
float(Fraction(k, <positive>))
round(Fraction(<whole>, <positive>))
str(Decimal(str(x)).quantize(Decimal('0.01')))
str(Decimal(<whole>) / Decimal(<positive>))
str(Decimal(<text>))
str(Decimal(n).sqrt())
str(Decimal('1.10') <arith> Decimal(k))
str(Decimal(x))[:20]
Decimal('0.1') + Decimal('0.2') == Decimal('0.3')
str(Decimal(str(x)).to_integral_value(rounding=<rounding>))
str(round(Decimal(str(x)), <positive>))
int(Decimal(str(x)))
tuple(Decimal(str(x)).as_tuple())[:2]
format(Decimal(str(x)), '<fspec>')
Decimal(k) + x
statistics.<stat>(xs)
statistics.<stat>(xs + [k, <num>])
round(statistics.stdev(xs + [k]), 6)
statistics.quantiles(xs + [k, 1], n=<positive>)
statistics.multimode(xs)
complex(k, x) * complex(1, -1)
complex(x, y) / complex(k, 1)
abs(complex(<positive>, k))
complex(x, k).conjugate()
(k + 2j) ** 2
complex(<text>)
complex(k, 1) < 2
cmath.sqrt(<num>)
cmath.phase(complex(x, k))
cmath.isclose(x, y)
[c for c in cmath.polar(k)]
sum(xs) / len(xs)
sum(xs, x)
sum([x] * <positive>)
0.1 + 0.2 + <num>
x == n, x < n, x != x
min(<num>, <num>), max(<num>, <num>)
abs(<num>)
bool(<num>), not <num>
int(x), math.floor(x), math.ceil(x)
hash(<whole>) == hash(float(k))
hash(x), hash(n)
(n).real, (x).imag
n.numerator + k.denominator
1_000 * k + 0x1F
int.from_bytes(n.to_bytes(17, 'big', signed=True), 'big', signed=True) == n
(x + y) - y == x
str(n)[::-1]
sum(map(int, str(abs(n))))
isinstance(True, int) + isinstance(k, numbers.Number)
1 if k else 0 / k
1 / k
n % k
k % x
-x // 1
float(n)
float(10 ** 30 * n)
10 ** 400 * 1.0
n / 10 ** 25
int(str(n) * 2)
x // 0.1, x % 0.1
range(n).stop
[c // <positive> for c in xs], [c % -<positive> for c in xs]
operator.<opname>(<whole>, <whole>)
functools.reduce(operator.<opname>, xs)
(x).__round__(1)
int(<digits>, 0)""",
    "bool": "True\nFalse",
    "endian": "'big'\n'little'",
    "base": "2\n8\n10\n16\n36\n0\n3\n1",
    "arith": "+\n-\n*\n/\n%\n//",
    "opname": "add\nsub\nmul\nfloordiv\nmod\nand_\nor_\nxor\ntruediv\nlt\nge\neq",
    "rounding": "'ROUND_HALF_EVEN'\n'ROUND_UP'\n'ROUND_DOWN'\n'ROUND_FLOOR'\n'ROUND_HALF_UP'\n'ROUND_05UP'",
    "stat": "mean\nmedian\nmode\nmedian_low\npstdev\nvariance\npvariance\nfmean\nharmonic_mean\nmedian_high",
    "mathone": "sqrt\nfloor\nceil\ntrunc\nlog\nlog2\nlog10\nexp\nsin\ncos\ntan\natan\nisfinite\nisnan\nisinf\n"
    "fabs\ndegrees\n"
    "gamma\nerf\ncbrt\nulp\nexpm1\nlog1p\nsinh\nasin\nlgamma",
    "mathtwo": "fmod\nhypot\ncopysign\natan2\npow\nremainder\nnextafter\ngcd",
    # regular expressions
    "regex": r"""
re.sub(r"<pattern>", <repl>, <subject><flags>)
re.sub(r"<pattern>", <repl>, <subject><flags>)
re.sub(r"<pattern>", <repl>, <subject>, count=<positive>)
re.subn(r"<pattern>", <repl>, <subject>)
re.sub(r'<gapless>', '-', <subject>)
re.split(r"<pattern>", <subject>)
re.split(r"<pattern>", <subject>, maxsplit=<positive>)
re.split(r'<gapless>', <subject>)
re.findall(r"<pattern>", <subject><flags>)
re.findall(r"<pattern>", <subject>)
re.findall(r'<gapless>', <subject>)
[q.span() for q in re.finditer(r"<pattern>", <subject>)]
[q.groups() for q in re.finditer(r"<pattern>", <subject><flags>)]
[(q.start(), q[0]) for q in re.finditer(r"<pattern>", <subject>)]
[q.groupdict() for q in re.finditer(r'(?P<W1>\w)(?P<W2>\d)?', <subject>)]
bool(re.match(r"<pattern>", <subject>))
bool(re.fullmatch(r"<pattern>", <subject><flags>))
re.search(r"<pattern>", <subject>).group()
re.match(r"<pattern>", <subject>).groups('none')
[q and q.span() for q in [re.search(r"<pattern>", <subject>)]]
[q and (q.lastindex, q.regs) for q in [re.search(r"<pattern>", <subject>)]]
(q := re.search(r"<pattern>", <subject>)) and q.group(0, 1)
(q := re.match(r'(?P<W1>\w+)\W+(?P<W2>\w+)', <subject>)) and q.groupdict()
(q := re.search(r'(\w)(\w)?', <subject>)) and q.expand(r'\2-\1')
(q := re.compile(r"<pattern>").search(<subject>, <positive>)) and q.span()
(q := re.compile(r"<pattern>").match(<subject>, 1, 5)) and q.end()
(q := re.search('a(?P<W1>.)', <subject>)) and (q['W1'], q.start('W1'), q.lastgroup)
re.compile(r"<pattern>").groups
re.compile(r'(?P<W1>a)|(?P<W2>b)').groupindex['W2']
re.compile(r"<pattern>", re.I).flags & 2
re.escape(<subject>)
re.sub(re.escape(t), '#', s)
re.sub(t, '#', s)
re.findall(s, t)
re.sub(r'(?<=[a-z])(?=[A-Z])', '_', <subject>)
re.sub(r'(\w+) (\w+)', r'\2 \1', <subject>)
re.sub(r'(a)|(b)', lambda q: f'{q.group(1)}{q.group(2)}', <subject>)
re.sub(r'\s+', ' ', <subject>).strip()
re.split(r'([,;])\s*', <subject>)
re.findall(r'(\d+)-?(\d*)', <subject>)
re.findall(br'\w', b)
re.sub(rb'a|b', b'?', b)
re.sub('a', 'x', b)
re.findall(r'(?x) \d  # digits', <subject>)
re.findall(r'^\w+$', <subject>, re.M)
re.findall(r'(?s)a.b', <subject>)
re.findall(r'(\w)\1', <subject>)
re.sub(r'(.)\1+', lambda q: q[1] + str(len(q[0])), <subject>)
list(re.Scanner([(r'\d+', lambda c, w: int(w)), (r'\w', None), (r'.', 'o')]).scan(s))
re.match(r'((a)|b)*', <subject>).groups()
re.fullmatch(r'[+-]?\d+(\.\d+)?', <subject>) is not None
sorted({q.group().lower() for q in re.finditer(r'\w+', <subject>)})
{q[0]: q.start() for q in re.finditer(r"<pattern>", <subject>)}""",
    "gapless": "x*\na*\n\\b\n(?=a)\n(b)?\n\\d*\n|a\n$\n(?m)^",
    "subject": "s\ns\nt\ns + ' ' + t\n<str>\n' '.join(ws)\n'a1 b22,' + s\n'xaabXb-12.50 an ban'\n'foo=1;bar=22\\nbaz'",
    # dicts and sets
    "dicts": r"""
d.get(<word>, <mixed>)
d[<word>]
d.pop(<word>)
d.pop(<word>, <num>)
d.setdefault(<word>, <num>), d
list(d.items())[<slice>]
sorted(d.items(), key=lambda c: (c[1], c[0]))
{v: c for c, v in d.items()}
{c: v for c, v in d.items() if v > k}
dict(zip(ws, xs))
dict(zip(xs, ws), **{'z': k})
dict.fromkeys(ws, k)
list(dict.fromkeys(s))
{**d, <word>: n, **<pairs>}
d | <pairs>
d | [(1, 2)]
d.keys() & {<word>, <word>} == set()
sorted(d.keys() | set(ws))
sorted(d.keys() - ws)
d.items() <= <pairs>.items()
sorted(d.keys() ^ <pairs>.keys())
d.keys() == <pairs>.keys(), d == <pairs>
max(d, key=d.get, default=None)
max(d.values(), default=k)
sum(d.values())
list(reversed(d))
{1: 'a', True: 'b', 1.0: 'c'}[1]
list({1: 'a', True: 'b', 1.0: 'c', 2: 0}.items())
{0: 1, False: 2, 0.0: 3, '': 4}
len({1, True, 1.0, <whole>, <small>})
{(1, 2): s, (1.0, 2): t}
{<mixed>: 1}
{k: n, n: k, x: 0}
[*d], {**d}
str(d)
repr({s: xs, k: {t: ws}})
dict(a=n, **d)
dict([s, t])
dict(xs)
dict(<word> <arith> <word>)
len(d) and d.popitem()
sorted(set(xs))
sorted(set(s))
sorted(set(xs) <setop> set(ys))
sorted(set(ws) <setop> {<word>, <word>})
set(xs) <setop> set(ys)
set(ws) <setop> set(s)
set(xs) <= set(ys), set(xs) < {1, 2, 3, k}
set(xs).isdisjoint(ys), set(xs).issuperset(ys)
{c % 3 for c in xs}
{c for c in s if c.isalpha()}
frozenset(xs) == set(xs), frozenset(ws)
{frozenset(xs): 1}[frozenset(xs[::-1])]
set(xs).union(ys, [k])
set(xs).symmetric_difference(ys)
sum(set(xs))
list(set(xs))
[c for c in {k, n % 10, 3}]
min(set(ws), default='none')
sorted(map(str, {1, 'a', (2,), k}))
{xs}
{tuple(xs), p}
set(s) - set(t) or None
Counter(s).most_common(<positive>)
Counter(s)
dict(Counter(ws))
sorted(Counter(xs).items())
dict(Counter(s) + Counter(t)), dict(Counter(s) - Counter(t))
dict(Counter(xs) & Counter(ys))
Counter(s)[<char>], Counter(xs).total()
list(Counter(a=2, c=k).elements())
list(OrderedDict(d).items())
OrderedDict(d) == OrderedDict(reversed(list(d.items())))
(lambda o: (o.move_to_end(<word>), list(o)))(OrderedDict(d))
OrderedDict(d).popitem(last=False)
list(ChainMap(d, <pairs>).items())
ChainMap(d, {'a': k})['a'], len(ChainMap(d, <pairs>))
list(deque(xs, maxlen=<positive>))
(lambda q: (q.rotate(k), list(q)))(deque(xs))
(lambda q: (q.popleft(), q.appendleft(n), list(q)))(deque(xs))
deque(s).index(<char>)
deque(xs)[<index>]
(lambda g: ([g[c].append(len(c)) for c in ws], dict(g)))(defaultdict(list))
(lambda g: (g['q'], sorted(g)))(defaultdict(int, d))
{c: list(v) for c, v in zip(ws, m)}
{c: [i for i, w in enumerate(s) if w == c] for c in s}
sorted(d, key=lambda c: (-d[c], c))
next(iter(d), None)
<word> in d, <word> not in d.keys(), n in d.values()
d == dict(sorted(d.items()))
list(d) == sorted(d)
{}.get(xs)
len({c: 1 for c in xs} | {c: 2 for c in ys})
{float('nan'): 1, k: 2}.get(k)
{None: 1, (): 2, '': 3}.get(s or None)
d.items() & {('a', 1)}
hash(p) == hash(tuple(p))
sorted(d.items(), key=lambda c: c[1], reverse=True)
(lambda c: (c.update(s), dict(c)))(Counter(t))""",
    "setop": "&\n|\n-\n^\n&\n-",
    "dict_change": r"""
d[<word>] = <mixed>
d[<word>] += <small>
d[k] = d.get(k, 0) + 1
del d[<word>]
d.update(<pairs>)
d.update(a=k, z=<num>)
d.update(zip(ws, xs))
d |= <pairs>
d.setdefault('q', []).append(<num>)
out.append(d.popitem())
out.append(d.pop(<word>, None))
d = {c: v for v, c in d.items()}
for c in list(d): d[c + 'x'] = d.pop(c)
for c in d: d[c] = <num>
for c in d: d[c + '!'] = 1
for c in ws: d[c] = d.get(c, 0) + 1
for c in d.copy(): del d[c]; break
d.clear()
q = set(xs); q.add(k); q.discard(<small>); out.append(sorted(q))
q = set(xs); q.remove(<small>); out.append(sorted(q))
q = set(xs); q ^= set(ys); out.append(len(q))
q = set(ws); q.update(s, t); out.append(sorted(q))
q = {*xs, *ys}; q -= {<small>, <small>}; out.append(q)
q = frozenset(xs); q |= {k}; out.append(sorted(q))
q = d.keys(); d['new'] = 0; out.append(len(q))
q = d; q['z'] = 9; out.append(q is d)
d[xs] = 1
d[tuple(xs)] = 1; out.append(len(d))
d[True] = 'yes'; d[1] = 'one'; out.append([c for c in d if c == 1])""",
    # sorting, copying, functools, bisect, heapq
    "sorting": r"""
sorted(<list>, reverse=<bool>)
sorted(ws, key=<key>)
sorted(xs, key=<intkey>)
sorted(xs, key=<intkey>, reverse=True)
sorted(ws, key=<key>, reverse=<bool>)
sorted(s, key=str.lower)
sorted(zip(xs, ws))
sorted(zip(ws, xs), key=lambda c: c[1])
sorted(enumerate(xs), key=lambda c: <intkey>(c[1]))
sorted(m)
sorted(m, key=len)
sorted(m, key=sum, reverse=True)
sorted(xs + ws)
sorted([<mixed>, <mixed>])
sorted([None, k])
sorted([x, n, True, y])
sorted(d, key=d.get)
sorted(ws, key=functools.cmp_to_key(lambda a, c: len(a) - len(c)))
sorted(xs, key=functools.cmp_to_key(lambda a, c: (a % 3) - (c % 3) or c - a))
min(ws, key=<key>)
max(ws, key=<key>, default=None)
min(xs, key=<intkey>, default=k)
max(xs), min(ys)
max(zip(xs, ys), default=())
max(s, t, key=len)
max(n, k, x)
xs.sort(key=<intkey>) or xs
list(reversed(sorted(xs)))
bisect.bisect_left(sorted(xs), <small>)
bisect.bisect(sorted(ws), <word>)
bisect.bisect_right(xs, k, 0, len(xs))
bisect.bisect_left(sorted(xs, key=abs), <positive>, key=abs)
bisect.insort(xs, k) or xs
bisect.insort(ws, n) or ws
heapq.nsmallest(<positive>, xs)
heapq.nlargest(<positive>, ws, key=<key>)
heapq.heapify(xs) or [heapq.heappop(xs) for _ in xs[:]]
heapq.heapify(xs) or xs
(heapq.heapify(xs), heapq.heappushpop(xs, k), xs)
(heapq.heapify(xs), heapq.heapreplace(xs, k), xs)
heapq.heappop(xs)
list(heapq.merge(sorted(xs), sorted(ys)))
list(heapq.merge(sorted(ws), sorted(s), key=str.lower))
functools.reduce(lambda a, c: a <arith> c, xs)
functools.reduce(lambda a, c: a + c, ws, s)
functools.reduce(lambda a, c: {**a, c: len(a)}, ws, {})
functools.partial(int, base=<base>)(<digits>)
functools.partial(sorted, reverse=True)(xs)
list(map(functools.partial(pow, 2), [c % 9 for c in xs]))
functools.partial(max, k).args
copy.copy(m) == m, copy.copy(m)[:1] is m
(lambda c: (c[0].append(k), m, c))(copy.copy(m))
(lambda c: (c[0].append(k), m, c))(copy.deepcopy(m))
(lambda c: (c.append(c), copy.deepcopy(c)[-1][0]))([k])
copy.deepcopy({'a': xs, 'c': [xs]})
(lambda c: c['a'] is c['c'][0])(copy.deepcopy({'a': xs, 'c': [xs]}))
copy.deepcopy(p), copy.copy(d)
list(map(operator.itemgetter(0, -1), m))
sorted(d.items(), key=operator.itemgetter(1, 0))
list(map(operator.methodcaller(<called>), ws))
operator.attrgetter('real')(n)
[c for _, c in sorted((len(c), c) for c in ws)]
sorted(range(len(xs)), key=xs.__getitem__)
sorted(sorted(ws), key=len)
[list(c) for _, c in itertools.groupby(sorted(xs, key=<intkey>), key=<intkey>)]
sorted(set(xs), reverse=True)[<slice>]
sorted((c, -i) for i, c in enumerate(xs))
statistics.median(xs)
list(itertools.accumulate(sorted(xs), max))
sorted(s.split(), key=<key>)
sorted([[c] for c in xs] + m)
sorted([(k, x), (k, 'a')])
sorted(xs)[len(xs) // 2]""",
    "key": "len\nstr.lower\nlambda c: (-len(c), c)\nlambda c: c[-1:]\nlambda c: c[::-1]\n"
    "lambda c: c.count('a')\nlambda c: c[0]\n"
    "lambda c: (c.lower(), c)\nlambda c: c in t\nord",
    "intkey": "abs\n(lambda c: -c)\n(lambda c: c % 3)\n(lambda c: (c % 2, -c))\n(lambda c: c * c)\nstr\n(lambda c: 0)\n"
    "(lambda c: 10 // c)\n(lambda c: c > k)\nbool",
    "called": "'upper'\n'title'\n'strip'\n'isdigit'\n'nope'",
    # other modules of the library
    "library": r"""
json.dumps(<mixed>)
json.dumps(<data>)
json.dumps(<data>, indent=<positive>)
json.dumps(<data>, sort_keys=True, separators=(',', ':'))
json.dumps({<key_any>: <data>, 'z': [<data>]})
json.dumps({<key_any>: 1}, skipkeys=True)
json.dumps(s, ensure_ascii=<bool>)
json.dumps(<data>, default=str)
json.dumps({1, 2})
json.dumps(x, allow_nan=False)
json.loads(json.dumps(<data>))
json.loads(<json>)
json.loads(<text>)
json.loads('[' + s + ']')
json.loads('{"a": [1, 2.50, null], "c": ' + str(k) + '}')
json.loads('[1.5, 2]', parse_float=str, parse_int=float)
json.loads('{"a": 1, "a": 2}', object_pairs_hook=list)
json.loads('{"q": {"a": 1}}', object_hook=lambda c: sorted(c))
textwrap.wrap(<long>, <width>)
textwrap.fill(<long>, width=<width>, initial_indent='* ', subsequent_indent='  ')
textwrap.shorten(<long>, width=<width>, placeholder=<fill>)
textwrap.dedent('  ' + s + '\n    x\n  y')
textwrap.indent(<long>, <char>)
textwrap.indent('a\n\n b', '> ', lambda c: True)
textwrap.wrap(<long>, width=<width>, break_long_words=<bool>, break_on_hyphens=<bool>)
textwrap.wrap(<long>, <small>)
string.Template('$a and ${c} $$').substitute(a=<num>, c=s)
string.Template('$a $zz').safe_substitute(a=t)
string.Template('$a $zz').substitute(d)
string.Template(s).substitute()
string.capwords(<text>)
string.capwords(s, <char>)
string.ascii_letters[<slice>]
string.punctuation.find(<char>), string.digits[k]
string.Formatter().format('{0}{a!r}', n, a=s)
[c for c in s if c in string.whitespace]
[unicodedata.<uni>(c) for c in s]
unicodedata.name(s[0])
unicodedata.name(t[:1] or 'a', 'none')
unicodedata.lookup('GREEK SMALL LETTER ' + s.upper())
unicodedata.normalize(<form>, s)
[len(unicodedata.normalize(c, s)) for c in ('NFC', 'NFD', 'NFKC', 'NFKD')]
unicodedata.is_normalized(<form>, s)
unicodedata.decimal(t), unicodedata.numeric('½')
unicodedata.digit(s[:1], k)
''.join(c for c in unicodedata.normalize('NFD', s) if not unicodedata.combining(c))
array.array('i', xs).tolist()
array.array(<typecode>, xs).itemsize
array.array('B', xs).tobytes()
(lambda c: (c.append(k), c[-1], len(c)))(array.array('h', xs))
array.array('d', [x, y])[<index>]
operator.concat(<list>, xs)
operator.index(<num>)
operator.countOf(xs, k), operator.contains(ws, t)
isinstance(<num>, numbers.Integral), issubclass(float, numbers.Real)
(lambda q: (q.put(k), q.put(n), q.get(), q.qsize()))(queue.Queue())
(lambda q: ([q.put(c) for c in xs], q.get_nowait()))(queue.PriorityQueue())
(lambda q: (q.put(n), q.get(), q.get(block=False)))(queue.LifoQueue())
typing.get_args(list[int])[0] is int, str(typing.Optional[int])
typing.cast(int, <text>)""",
    "data": "<mixed>\n[<mixed>, <mixed>]\n{'a': <mixed>, 'c': [<num>]}\nd\nm\nws\n(n, x, s)\n{s: t}\n[None, True, x]",
    "key_any": "1\nNone\nTrue\n1.5\ns\nk\n(1, 2)\n'a'",
    "json": "'[1, 2'\n'{\"a\": }'\n'nul'\n'\"\\\\u00e9\"'\n'NaN'\n' [1e3, -0.0] '\n'[1,]'\n'\"a\\nb\"'\n'01'\n"
    "''\n'{\"a\":1} x'\n'1' * 30",
    "long": "s\n(s + ' ') * 3\n'the quick-brown fox jumps over ' + s\n' '.join(ws * 3)\n"
    "'aaaaaaaaaaaaaaa bb ' + t\ns + '\\n\\n' + t",
    "width": "<positive>\n10\n12\n<positive> + 8\n20\n0",
    "fill": "'...'\n'~'\n' [...]'",
    "uni": "category\nbidirectional\ncombining\neast_asian_width\nmirrored\ndecomposition\nname\nnumeric",
    "form": "'NFC'\n'NFD'\n'NFKC'\n'NFKD'\n'XXX'",
    "typecode": "'i'\n'b'\n'B'\n'd'\n'q'\n'u'\n'z'",
    # iterators with effects
    "source": "xs\ns\nrange(abs(k))\niter(xs)\nws\ng\nmake(<small>)\nmake(<positive>)\nreversed(xs)\n"
    "(c * 2 for c in xs)\nenumerate(s)\n"
    "map(note, xs)\nfilter(note, xs)\nzip(xs, s)",
    "iterate": r"""
next(g)
next(g, <mixed>)
next(<iterator>)
next(<iterator>, 'end')
list(<iterator>)
list(g)
[*g]
list(<iterator>)[<slice>]
sum(1 for _ in <iterator>)
list(zip(g, <source>))
list(zip(xs, g)), list(g)
list(zip(xs, ys, strict=True))
any(note(c) for c in <source>)
all(note(c) for c in xs)
any((q := c) == k for c in xs) and q
any(c > <small> for c in xs), all(xs)
<small> in g
k in iter(xs)
sorted(g, key=str)
max(g, default=None)
dict(zip(ws, g))
list(map(lambda a, c: (a, c), g, <source>))
list(map(note, xs))
[c for c in <source> if note(c)]
list(itertools.islice(<source>, <positive>))
list(itertools.islice(g, 1, None, 2))
list(itertools.islice(itertools.count(k, <small>), <positive>))
list(itertools.islice(itertools.cycle(ws), <positive>))
list(itertools.accumulate(xs, lambda a, c: a <arith> c))
list(itertools.accumulate(xs, initial=k))
[(c, list(q)) for c, q in itertools.groupby(s)]
[(c, len(list(q))) for c, q in itertools.groupby(sorted(xs), lambda c: c % 2)]
[list(q) for c, q in list(itertools.groupby(xs))]
list(itertools.chain(g, <source>))
list(itertools.chain.from_iterable(m))
list(itertools.zip_longest(xs, s, fillvalue=k))
list(itertools.takewhile(lambda c: note(c) and c < 5, xs))
list(itertools.dropwhile(lambda c: c < k, xs))
list(itertools.product(s[:3], repeat=2))[<slice>]
list(itertools.permutations(xs[:4], <positive>))[:6]
list(itertools.combinations(ws, 2))
list(itertools.combinations_with_replacement(s[:3], 2))
list(itertools.pairwise(<source>))
list(itertools.compress(s, xs))
list(itertools.starmap(pow, [(2, abs(c)) for c in xs]))
list(itertools.filterfalse(None, xs))
list(itertools.repeat(n, <small>))
[next(c) for c in itertools.tee(<source>)]
(lambda a: (next(a[0], 0), list(a[1])))(itertools.tee(g))
list(iter(lambda: xs.pop(), <small>))
list(iter(iter(s).__next__, <char>))
list(itertools.islice(iter(lambda: note(len(log)), <positive>), 12))
list(reversed(<list>))
list(enumerate(ws, start=k))
g is iter(g)
len(list(g)) + len(list(g))
type(<iterator>).__name__
[a for a in zip()]
reversed(g)
len(g)
<iterator>[0]
''.join(map(str, g))
[i for i, c in enumerate(xs) if c == k]
min(<source>, default=0)
set(g) == set()
tuple(g)
iter(n)
next(iter(d.items()), None)
sum(<source>)
[c for row in m for c in row if c]
(a for a in xs)
map(str, xs)""",
    "iterator": "iter(xs)\nmap(note, xs)\nfilter(None, xs)\nzip(xs, s)\nenumerate(ws)\nreversed(xs)\n"
    "(note(c) for c in xs)\ng\n"
    "iter(s)\nitertools.chain(xs, s)\nmake(<small>)\nitertools.islice(xs, <positive>)\niter(m)",
    "iterate_change": r"""
for c in xs:
    if c % <positive> == 0:
        xs.remove(c)

for c in xs:
    if len(xs) < 12:
        xs.append(c + <small>)

for i, c in enumerate(xs):
    if c > k:
        del xs[i]

for c in reversed(xs):
    xs.append(c)

for c in d:
    d[c + 'q'] = 1

for c in d:
    d.pop(c)

for c in list(d):
    d.pop(c)

for c in g:
    out.append(c)
    if len(out) > <positive>:
        break
else:
    out.append('all')

for a, c in zip(g, <source>):
    out.append((a, c))

it = iter(xs)
for c in it:
    out.append((c, next(it, None)))

it = map(note, xs)
next(it, None)
xs.append(99)
out.append(list(it))

it = (c + k for c in xs)
k = <small>
out.append(list(it))

it = filter(lambda c: c > k, xs)
k -= 3
out.append(list(it))

it = zip(xs, ys)
xs.insert(0, 'new')
out.append(next(it, 'none'))

it = iter(xs)
xs.clear()
out.append(list(it))

it = iter(xs)
out.append((next(it, 0), it.__length_hint__()))

try:
    while len(out) < 9:
        out.append(next(g))
except StopIteration as e:
    out.append(('stop', e.value))

for c in <source>:
    if c == k:
        continue
    out.append(c)

out.append(g.send(<sent>))

out.append(next(g, None))
out.append(g.send(<mixed>))

g.close()
out.append(list(g))

out.append(g.throw(ValueError('thrown')))

while (c := next(g, None)) is not None and len(out) < 7:
    out.append(c)

a, c = g

a, *c = <source>
out.append((a, c))

q = {c for c in xs}
for c in q:
    q.add(c + 100)

it = [g, g]
out.append(list(zip(*it)))

s = iter(s)
out.append(''.join(s) + ''.join(s))""",
    "sent": "None\nNone\n<small>\n<word>",
    "generator": r"""
def make(a):
    for i in range(<positive>):
        yield <yielded>
    return <mixed>

def make(a):
    q = yield a
    log.append(('got', q))
    while a < <positive>:
        q = yield (a, q)
        a += q if q in (0.5, 2, 3) else 1

def make(a):
    i = a + 1
    try:
        yield a
        yield <yielded>
        raise <raised>
    except ValueError as e:
        log.append(str(e))
        yield 'saved'
    finally:
        log.append('closed')

def make(a):
    q = yield from inner(a)
    yield ('back', q)
def inner(a):
    yield a * 2
    yield from range(<positive>)
    return 'inner'

def make(a):
    i = <small>
    if a > <small>:
        return
    yield <yielded>
    yield from <list_of>

def make(a):
    i = 0
    while True:
        i += 1
        if i > 20:
            raise StopIteration
        yield <yielded>

class make:
    def __init__(self, a):
        self.a = a
    def __iter__(self):
        return self
    def __next__(self):
        self.a += 1
        if self.a > <positive>:
            raise StopIteration(<mixed>)
        log.append(self.a)
        return self.a
    def send(self, c):
        return ('sent', c)
    def close(self):
        self.a = 99
    def throw(self, e):
        raise e

class make:
    def __init__(self, a):
        self.a = a
    def __getitem__(self, i):
        if i > <positive>:
            raise IndexError
        return i * self.a
    def __len__(self):
        return <positive> + 1

def make(a):
    first, second = a, a + 1
    for i in range(<positive>):
        yield first
        first, second = second, first <arith> second""",
    "yielded": "a\na + i\n(i, a)\ni * i\nstr(i)\nlog.append(i) or i\n[a] * i\na // (i - 2)",
    "list_of": "[a, a]\n'xy'\nrange(a)\n[]\n{'k': 1}\n(c for c in 'pq')",
    "raised": "ValueError('inside')\nKeyError(a)\nValueError\nStopIteration\nZeroDivisionError('z', a)",
    # classes: parts of a class, what a class below it adds, and what is done with their objects
    "method": """
def __len__(self):
    return <sized>

def __bool__(self):
    return <truth>

def __eq__(self, other):
    return isinstance(other, A) and self.v == other.v

def __eq__(self, other):
    if not hasattr(other, 'v'):
        return NotImplemented
    return self.v % <positive> == other.v % <positive>

def __hash__(self):
    return <hashed>

def __lt__(self, other):
    return self.v < other.v

def __add__(self, other):
    return type(self)(self.v + getattr(other, 'v', other))

def __radd__(self, other):
    return A(other + self.v)

def __iadd__(self, other):
    self.items.append(other)
    return self

def __mul__(self, c):
    if not isinstance(c, int):
        return NotImplemented
    return A(self.v * c, self.items * 2)

def __neg__(self):
    return A(-self.v)

def __sub__(self, other):
    return [self.v, other]

def __rsub__(self, other):
    return ('rsub', other, self.v)

def __getitem__(self, i):
    if isinstance(i, slice):
        return ('slice', i.start, i.stop, i.step)
    return self.items[i]

def __setitem__(self, i, c):
    self.items[i] = (c, self.v)

def __delitem__(self, i):
    self.items.pop(i)

def __contains__(self, c):
    return <contained>

def __iter__(self):
    return iter(<iterated>)

def __iter__(self):
    for c in self.items:
        yield (self.v, c)

def __next__(self):
    self.v += 1
    if self.v > <positive>:
        raise StopIteration
    return self.v

def __reversed__(self):
    return self.items[::-1]

def __call__(self, *args, **more):
    return (self.v, args, sorted(more))

def __repr__(self):
    return f'A({self.v!r})'

def __str__(self):
    return <shown_as>

def __format__(self, spec):
    return f'[{spec}:{self.v}]'

def __getattr__(self, name):
    if name.startswith('z'):
        return <got>
    raise AttributeError(f'no {name}')

def __setattr__(self, name, c):
    object.__setattr__(self, name, <set_as>)

def __delattr__(self, name):
    self.items.append('deleted ' + name)

def __enter__(self):
    self.items.append('in')
    return self

def __exit__(self, kind, e, trace):
    self.items.append(kind and kind.__name__)
    return <truth>

@property
def total(self):
    return <computed>

@property
def total(self):
    return self._total
@total.setter
def total(self, c):
    if c < 0:
        raise ValueError(f'negative: {c}')
    self._total = c * 2

@classmethod
def make(cls, *items):
    return cls(len(items), items)

@staticmethod
def double(c):
    return c * 2

def describe(self):
    return (type(self).__name__, <computed>)

def __index__(self):
    return self.v

def __int__(self):
    return <sized>

def __abs__(self):
    return abs(self.v)

def __round__(self, digits=None):
    return (self.v, digits)

def __bool__(self):
    return 'yes'

def __len__(self):
    return -1

def __hash__(self):
    return 'no'

@functools.cached_property
def slow(self):
    self.items.append('computed')
    return self.v * 2

def __hidden(self):
    return 'hidden'
def reveal(self):
    return self.__hidden()

def __missing__(self, name):
    return name

def __matmul__(self, other):
    return sum(a * c for a, c in zip(self.items, other.items))

def __or__(self, other):
    return A(self.v, self.items + list(other))

def __copy__(self):
    return type(self)(self.v + 100)""",
    "sized": "len(self.items)\nself.v\nabs(self.v)\n<small>\n3",
    "truth": "self.v > 0\nbool(self.items)\nTrue\nFalse\nlen(self.items) > 1",
    "hashed": "hash(self.v)\n1\nself.v\nhash((self.v, len(self.items)))",
    "contained": "c in self.items\nc == self.v\nself.v\n[]",
    "iterated": "self.items\nrange(abs(self.v) % 5)\nself.items + [self.v]\n'ab'\nself.v",
    "shown_as": "f'<{self.v}>'\nstr(self.v)\n', '.join(map(str, self.items))\nself.v",
    "got": "name\nlen(name)\nself.v\n(name, self.v)",
    "set_as": "c\nc\n[c]\nstr(c)\nc if name != 'v' else abs(c)",
    "computed": "self.v * 2\nself.v + len(self.items)\nsum(self.items)\nself.items[-1]\nself.count\n10 // self.v",
    "sub": """
def __init__(self, v, items=(), more=<small>):
    super().__init__(v + 1, items)
    self.more = more

def __init__(self, v, items=()):
    self.more = [v]

def describe(self):
    return ['B', super().describe()]

def __len__(self):
    return super().__len__() + 1

def __eq__(self, other):
    return super().__eq__(other) and type(other) is B

def __add__(self, other):
    return ('B', super().__add__(other).v)

def __radd__(self, other):
    return ('rB', other)

@property
def total(self):
    return [super().total]

count = <small>

def __repr__(self):
    return 'B' + super().__repr__()

__hash__ = None

def __init_subclass__(cls, **more):
    cls.tag = more

def __getattr__(self, name):
    return 'from B'

@classmethod
def make(cls, *items):
    return super().make(*items, 0)""",
    "use": """
len(o)
bool(o), not q
o == q, o != q
o == k
o == z, z == o
hash(o) == hash(q)
o in [q], [o].index(q)
len({o, q, z})
{o: 'found'}.get(q, 'lost')
(o + q).v
(o + k).v
(k + o).v
(o + z)
sum([o, q], k).v
(o * 2).items
(o * x)
(-o).v
o - q
o - k
k - o
o < q, o > q
o <= q
[c.v for c in sorted([o, q, z])]
max(o, q).v
o[<index>]
o[<slice>]
o[k]
o.missing
o.zig, getattr(o, 'zag', 'no')
hasattr(o, 'zig'), hasattr(o, 'total')
getattr(o, 'nothing', <mixed>)
o.v, z.v
o.total
z.total, z.count
o(<small>, a=1)
list(o)
[c for c in z]
next(o)
<small> in o
o in o
sorted(o)
a, c = o
repr(o) if type(o).__repr__ is not object.__repr__ else ''
str(o) if type(o).__str__ is not object.__str__ else ''
f'{o:>8}'
f'{z!r}' if 'repr' in str(vars(A).keys()) else 0
type(o).make(1, 2).v
B.make(k).items
A.double(k), o.double(s)
A.make()
o.describe()
z.describe(), B.describe(z)
[1, 2, 3][o]
int(o), float(k)
range(20)[o]
abs(o), round(o, 2)
o.slow + o.slow, o.items
o.reveal()
o.__hidden()
o._A__hidden()
o @ q
(o | xs).items
'x' * o
isinstance(z, A), isinstance(o, B), issubclass(B, A)
[c.__name__ for c in B.__mro__]
vars(o)
sorted(vars(z))
type(z).__name__
A.count, o.count
reversed(o)
list(reversed(z))
copy.copy(o).v
copy.deepcopy(z).items == z.items
o
o.items, q.items
all([o, q]), any([z])
o and k
len(z) == len(o)
getattr(z, 'more', None)
o.__class__ is type(o), A.__name__
callable(o), callable(A)
'__hash__' in vars(A), A.__hash__ is None
sorted(c for c in vars(A) if not c.startswith('_'))""",
    "use_change": """
o.v = <mixed>
o.v += 1
o.total = n
o.total = -1
o.extra = k
del o.v
del o.missing
o += k
o += q
o[0] = <small>
o[k] = q
del o[0]
o.count += 1
A.count += 1
setattr(o, 'v' + s[:1], k)
o.items.append(k)
q.items = o.items
A.late = lambda self: self.v; out.append(o.late())
A.__len__ = lambda self: 7; out.append(len(o))
o.__len__ = lambda: 9; out.append(len(o))
with o as c: out.append(c.v)
with o: out.append(k // 0)
with o as c, q as a: raise KeyError('inside')
for c in o: out.append(c); break
for c in z: out.append(c)
o, q = q, o
z.more = 5
o.describe = lambda: 'mine'; out.append(o.describe())
class C(B): pass
class C(B, A): count = 8
class C(A, B): count = 8
out.append(C.count)
class A(A): count = 99""",
    # dataclasses and named tuples
    "fields": """
a: int
c: int = <small>

a: int
c: int = field(default=<small>, compare=<bool>)

a: int = <small>
c: int = 4

a: int
c: list = field(default_factory=lambda: [1])
w: str = <str>

a: int
c: tuple = (<small>, <word>)

a: int
c: int = <small>
q: list = field(default_factory=list)

a: int
w: str = <str>
h: float = field(default=<float>, compare=False)

a: int = 0
c: <simple_type> = <default_value>

a: int
c: int = field(default=1, repr=False)
u: ClassVar[int] = 5

a: int
i: InitVar[int] = 2
c: int = field(init=False, default=0)

c: int = 0
a: int = field(<needed>)

a: 'int'
c: Optional[int] = None

a: int
_: KW_ONLY
c: int = 3

a: <unknown>
c: 'also unknown' = 1""",
    "unknown": "Unknown\n'Unknown'\nlist['Unknown']\n'a b'",
    "needed": "default=2\n<nothing>\ndefault_factory=int\nkw_only=True",
    "simple_type": "list\nstr\n'dict'\nClassVar[list]",
    "default_value": "[]\n()\n<small>\n<word>\nNone\n{}",
    "data_method": """
def __post_init__(self, *more):
    self.a = <posted>

def total(self):
    return self.a + self.c

@property
def twice(self):
    return self.a * 2

def __post_init__(self):
    if self.a < -2:
        raise ValueError('negative')

def __ge__(self, other):
    return NotImplemented

def __str__(self):
    return f'D {self.a}'

def __eq__(self, other):
    return self.a % 2 == other.a % 2

def __add__(self, other):
    return replace(self, a=self.a + other.a)

def __hash__(self):
    return 3

pass""",
    "posted": "self.a * 2\nself.a + 1\nstr(self.a)\n(self.a, more)",
    "options": "<nothing>\n<nothing>\n<nothing>\n()\n(order=True)\n(order=True)\n(order=True)\n(frozen=True)\n"
    "(eq=False, order=False)\n(order=<bool>, eq=<bool>)\n(order=True, frozen=True)\n(slots=True)\n"
    "(unsafe_hash=True)\n(kw_only=<bool>)\n"
    "(unsafe_hash=True)\n(order=True, slots=True)",
    "data_use": """
str(o)
repr(o), str(q)
f'{o}|{o!r:>30}'
o == q, o != q, o == D(k)
o < q
[c.a for c in sorted([q, o])]
max(o, q).a
replace(o, a=<small>).a
replace(o, zz=1)
asdict(o)
astuple(o)
asdict(D(xs)), xs
[c.name for c in fields(o)]
[c.name for c in fields(D) if c.compare]
hash(o) == hash(q)
len({o, q})
o.a, o.c
o.total()
o.twice
D()
D(1, 2, 3, 4, 5, 6)
D(zz=1)
D(k).a
D(a=<small>, c=<small>).c
D(*xs)
vars(o)
D.__match_args__
is_dataclass(o), is_dataclass(D)
copy.copy(o) == o, copy.copy(o) is o
o.missing
D.u, D.c
o.q, q.q
[o, q] == [q, o]
D.__name__, D.__doc__
sorted(D.__annotations__)
typing.get_type_hints(D)['a'] is int
o
E(k, 1).a
E(k) == o, isinstance(E(k), D)
str(E(<small>))
N(k, s)._asdict()
N(k, s)._replace(a=n)
N(*xs)
N(1, 2) == (1, 2), N(1, 2) < (1, 3)
N(1, s).c, N._fields
str(N(k, x))
a, c = N(n, k)
tuple(N(n, k))
P(k)
P(x=k, y=n).y, P(1).z""",
    "data_change": """
o.a = <mixed>
o.a += 1
o.new = 1
del o.a
o.q.append(k)
o.__dict__['a'] = 7
D.a = 9
o = replace(o, c=5)
object.__setattr__(o, 'a', 0)""",
    # enumerations
    "base_enum": "Enum\nEnum\nIntEnum\nFlag\nIntFlag\nstr, Enum\nint, Enum\nStrEnum",
    "members": """
RED = 1
BLUE = 2
GREEN = 4

RED = <small>
BLUE = <small>
GREEN = 10

RED = auto()
BLUE = auto()
GREEN = auto()

RED = 'r'
BLUE = 'b'
GREEN = 'g'

RED = 1
BLUE = 1
GREEN = 2

RED = (1, 'x')
BLUE = (2, 'y')
GREEN = (3, 'z')

RED = 4
GREEN = auto()
BLUE = <positive>""",
    "enum_method": """
def label(self):
    return self.name.lower() + str(self.value)

@property
def next(self):
    return list(type(self))[0]

@classmethod
def _missing_(cls, value):
    return cls.RED if value == <small> else None

def __str__(self):
    return self.name.title()

@classmethod
def first(cls):
    return min(cls, key=lambda c: c.name).name

def __lt__(self, other):
    return self.name < other.name

pass""",
    "enum_use": """
[c.name for c in E]
[c.value for c in E]
E(<small>).name
E(k).value
E('r').name
E['RED'].value
E[s]
len(E)
str(E.RED)
repr(E.BLUE)
f'{E.RED}', '%s' % E.BLUE
f'{E.RED:>10}'
E.RED == 1, E.RED is E.RED
E.RED == E.BLUE, E.RED != E.GREEN
E.RED < E.BLUE
(E.RED | E.BLUE).value
(E.RED & E.GREEN)
E.RED + 1
[c.name for c in E.RED | E.GREEN]
(~E.RED).value
bool(E.RED), bool(E(0))
list(E.__members__)
E.RED.label()
E.RED.next.name
E.first()
E.PURPLE
E.RED.name, E.BLUE.name
{E.RED: 1}[E.RED]
sorted(E, key=lambda c: c.value, reverse=True)[0].name
sorted(E)[0].name
max(E).name
isinstance(E.RED, E), isinstance(E.RED, int)
E.RED in E, E.GREEN in [E.RED]
E.RED
list(E)
hasattr(E, 'RED'), getattr(E, 'NO', None)
type(E.RED).__name__
E.RED.value * 2
{c.name: c.value for c in E}
E(E.RED) is E.RED
'RED' in E.__members__
json.dumps(E.RED)
1 in E
Enum('X', 'a b')['b'].value
[c.name for c in reversed(E)]
copy.copy(E.RED) is E.RED""",
    "enum_change": "E.RED = 5\nE.RED.value = 5\nE.NEW = 7\ndel E.RED\nclass F(E): X = 9\n"
    "E.RED.note = k; out.append(E.RED.note)",
    # exceptions
    "exception_base": "Exception\nValueError\nKeyError\nException\nLookupError",
    "own_args": "*args\n'sub'\n*args[:1]\nargs",
    "own_str": "<nothing>\n\ndef __str__(self):\n    return f'Sub {self.args}'",
    "raised_by": "ValueError\nOwn\nKeyError\nSub",
    "risky": r"""
out.append(n // k)
raise <exception>(<mixed>)
raise <exception>
raise <exception>(s, k)
raise Own(<mixed>)
raise Own(k, n) from <exception>('cause')
raise Sub(s) from None
out.append(xs[<index>])
out.append(d[<word>])
out.append(int(<text>))
out.append(helper(<small>))
out.append(helper(k))
assert <cond>, <mixed>
assert <cond>
None.foo
s + n
[] < {}
len(n)
xs.remove(<small>)
out.append(missing)
next(iter(xs))
s.zz
helper()
helper(1, 2, z=3)
'{}{}'.format(s)
{}[[]]
p[5]
b.decode('ascii')
a, c = xs
float(s)
chr(-1)
x / 0
1 << -1
[1, 2].index(k)
del d['no']
n()
n.real = 2
out.append(k)
out.append(<num>)
pass
raise
int('z', 3)
'%d' % s
sorted([1, 'a'])
max([])
sum(ws)
xs[s]
xs['a'] = 1
p[0] = 1
from math import nothing
import math.nothing
[].pop()
{}.popitem()
raise s
raise ValueError from k
ord(s)
json.loads(s)
Fraction(1, 0)
Decimal('x')
math.sqrt(-1)
math.exp(1000)
for c in n: pass
class Odd(int, str): pass
round('a')
print(s, zz=1)
isinstance(1, 2)
'a'.join([1])
eval('1 +')
int(None)
[1, 2, 3][::0]
range(1, 2, 0)
'abc'.index('z')
b''.fromhex('zz')
super().nothing()
lambda: 1 / 0
del xs[9]
d.pop('zz')
complex('a')
divmod(1, 0)
pow(0, -1)
dict([1])
bytes([300])
abs('a')
-'a'
~x
x << 1
not_there.append(1)
1 + None
iter(5)
raise ExceptionGroup('g', [ValueError(1), KeyError('a')])
raise StopIteration(k)
raise KeyboardInterrupt
raise SystemExit(k)
raise GeneratorExit""",
    "exception": "ValueError\nTypeError\nKeyError\nIndexError\nZeroDivisionError\nRuntimeError\nOwn\nSub\n"
    "LookupError\nAttributeError\n"
    "StopIteration\nOSError\nNotImplementedError\nArithmeticError\nException\nAssertionError\nOverflowError",
    "catch": "ValueError\n(KeyError, IndexError)\nException\nException\nException\nLookupError\nOwn\nSub\n"
    "(Own, TypeError)\n"
    "ArithmeticError\nZeroDivisionError\nBaseException\nNameError\nAttributeError\nOSError",
    "handled": r"""
out.append(<shown_error>)
out.append(<shown_error>)
out.append(<shown_error>)
raise
raise Own('again') from e
raise RuntimeError(str(e))
return ('handled', type(e).__name__)
out.append([c for c in e.args if isinstance(c, (int, str))])
out.append((type(e.__cause__).__name__, type(e.__context__).__name__))
e.add_note('noted'); out.append(e.__notes__)
k += 1
kept = e
pass""",
    "shown_error": "str(e)\ntype(e).__name__\nrepr(e)\n(type(e).__name__, str(e))\nlen(e.args)\n"
    "isinstance(e, LookupError)\n"
    "[c.__name__ for c in type(e).__mro__]\ne.args == ()\nf'{e}|{e!r}'\nstr(e).upper()\nhasattr(e, 'code')",
    "attempt": r"""
try:
    <risky>
    out.append('after')
except <catch> as e:
    <handled>

try:
    <risky>
except <catch> as e:
    <handled>
else:
    out.append('else')
finally:
    out.append('finally')

try:
    <risky>
except <catch>:
    out.append('first')
except <catch> as e:
    <handled>
except Exception as e:
    <handled>

try:
    <inner>
except <catch> as e:
    <handled>
finally:
    <last>

for i in range(<positive>):
    try:
        if i == k:
            <jump>
        <risky>
    except <catch> as e:
        <handled>
        <jump>
    else:
        out.append(i)
    finally:
        out.append(-i)

while len(out) < 6:
    try:
        out.append('loop')
        <risky>
    finally:
        <jump>

def inner():
    try:
        <risky_return>
    except <catch>:
        return 'except'
    else:
        return 'else'
    finally:
        <finally_return>
out.append(inner())

try:
    <inner>
except Exception as e:
    out.append((type(e).__name__, type(e.__context__).__name__, e.__suppress_context__))

try:
    raise ExceptionGroup('many', [ValueError(k), KeyError(s), Own('c')])
except* ValueError as e:
    out.append([type(c).__name__ for c in e.exceptions])
except* (KeyError, Own) as e:
    out.append(len(e.exceptions))

with Guard(<bool>) as q:
    <risky>
out.append('behind')

out.append(getattr(<mixed>, <attribute>, 'default'))

out.append([hasattr(c, <attribute>) for c in (s, n, xs, <mixed>)])

try:
    <risky>
except Exception as e:
    pass
else:
    e = <small>
out.append(e)""",
    "attribute": "'real'\n'append'\n'upper'\n'zz'\n'__len__'\n'keys'\n'imag'",
    "inner": r"""
<attempt>

<attempt>

<risky>

out.append('inner')
<risky>

try:
    <risky>
except <catch> as e:
    <risky>

try:
    <risky>
finally:
    <risky>""",
    "last": "out.append('last')\nout.append(len(out))\nk = 0\nreturn out\npass",
    "jump": "break\ncontinue\npass\nbreak\nout.append('jump')\nreturn ('jumped', out)",
    "risky_return": "return n // k\nreturn xs[<index>]\nraise Own('r')\nreturn d[<word>]\nreturn helper(k)\n"
    "pass\nreturn int(s)",
    "finally_return": "out.append('f')\nreturn 'finally'\npass\nxs.append('f')\nraise KeyError('f')",
    # closures, scopes, patterns, decorators, recursion
    "scoping": r"""
def counter(start=<small>):
    total = start
    def add(c=1):
        nonlocal total
        total <assign> c
        return total
    return add
add = counter()
out.append([add(), add(<small>), counter(k)()])

hooks = [lambda <late>: i * <small> for i in range(<positive>)]
out.append([c() for c in hooks])

hooks = []
for i in range(<positive>):
    def hook(a=<default>):
        return (a, i)
    hooks.append(hook)
i = <small>
out.append([c() for c in hooks])

def grow(c, seen=[]):
    seen.append(c)
    return <grown>
out.append([grow(k), grow(s), grow(n, [])])

total = <small>
def bump():
    global level
    level = total + k
bump()
out.append(level)

total = <small>
def bump():
    total <assign> 1
    return total
out.append(bump())

def outer(a):
    def middle():
        def inner():
            nonlocal a
            a <assign> <positive>
            return a
        return inner(), a
    return middle(), a
out.append(outer(<small>))

out.append([(i, c) for i in range(<positive>) for c in <list> if <filter>])

out.append({i: [c for c in range(i) if c % 2] for i in range(<positive>)})

out.append([[c <arith> i for c in range(1, 4)] for i in range(<small>, <positive>)])

out.append([q for c in xs if (q := c * 2) > k])
out.append(q)

i = 'outside'
out.append([i for i in range(<positive>)])
out.append(i)

class Scope:
    i = <small>
    rows = [i for _ in range(2)]
    more = [c for c in range(i)]
out.append((Scope.rows, Scope.more))

class Scope:
    i = <small>
    def get(self):
        return i
i = 'module'
out.append(Scope().get())

def traced(function):
    @functools.wraps(function)
    def wrapper(*args, **more):
        out.append((function.__name__, args, sorted(more)))
        return <wrapped>
    return wrapper
@traced
def work(a, c=<small>):
    return a <arith> c
out.append([work(k), work(n, c=2), work.__name__])

def times(count):
    def decorate(function):
        def wrapper(*args):
            result = args
            for _ in range(count):
                result = function(*args)
            return result
        return wrapper
    return decorate
@times(<positive>)
@times(2)
def work(a):
    out.append(a)
    return len(out)
out.append(work(k))

@functools.lru_cache(maxsize=<cached>)
def fib(a):
    return a if a < 2 else fib(a - 1) + fib(a - 2)
out.append([fib(abs(k) + 5), fib.cache_info().hits, fib.cache_info().misses])

def down(a):
    return <base_case> if a <= <small> else <recursive>
out.append(down(<positive>))

def flat(c):
    return [c] if not isinstance(c, (list, tuple)) else [v for a in c for v in flat(a)]
out.append(flat([<mixed>, m, (xs, [[k]])]))

def depth(c):
    return 1 + max(map(depth, c), default=0) if isinstance(c, list) else 0
out.append(depth([m, [[[<mixed>]]]]))

def hanoi(a, x1='A', x2='B', x3='C'):
    if a:
        yield from hanoi(a - 1, x1, x3, x2)
        yield x1 + x3
        yield from hanoi(a - 1, x2, x1, x3)
out.append(list(hanoi(abs(k) % 4 + 1)))

def even(a):
    return True if a == 0 else odd(a - 1)
def odd(a):
    return False if a == 0 else even(a - 1)
out.append(even(abs(k) * 20))

def perms(c):
    return [c] if len(c) < 2 else [a + v for i, a in enumerate(c) for v in perms(c[:i] + c[i + 1:])]
out.append(perms(<word>[:3]))

def call(a, c=<small>, *args, e=<small>, **more):
    return (a, c, args, e, more)
out.append(call(<calling>))

def call(a, /, c, *, e=<small>):
    return [a, c, e]
out.append(call(<calling>))

match <subjects>:
    case <literal_pattern>:
        out.append('literal')
    case <nested_pattern> if <guard>:
        out.append(('first', q))
    case <nested_pattern>:
        out.append(('second', q))
    case {'a': q, **others}:
        out.append((q, others))
    case str(q) | bytes(q) if q:
        out.append(q[::-1])
    case _:
        out.append('other')

match <subjects>:
    case <literal_pattern> | <literal_pattern>:
        out.append(1)
    case [int(a), int(c), *q] if a < c:
        out.append((a, c, q))
    case (float() | int()) as q:
        out.append(q)
    case [] | () | '':
        out.append('empty')
    case [q, *_] | (q, *_):
        out.append(q)
    case q:
        out.append(type(q).__name__)

for i in range(<positive>):
    if i == <small>:
        <leave>
    out.append(i)
else:
    out.append('else')

i = 0
while i < <positive>:
    i += 1
    if i <arith> 2 == <small>:
        continue
    if i > n:
        break
    out.append(i)
else:
    out.append('done')

del xs
out.append(xs)

if <cond>:
    late = k
out.append(late)

a = c = [<small>]
a += [k]
c = c + [n]
out.append((a, c, a is c))

a, c = k, n
a, c = c, a + c
(a, (c, *q)), v = [a, [c, *xs]], s
out.append([a, c, q, v])

a = <small>
a <assign> <positive>
a **= 2
out.append(a)

out.append(<small> < k <= n != <int>)
out.append(k if <cond> else (s, t)[<cond_bool>])
out.append(<cond> and <mixed> or <mixed>)
out.append(not <cond> is None)

out.append((lambda *a, **c: (a, c))(*<list>, z=k, **{'y': 1}))

compose = lambda *fs: functools.reduce(lambda a, c: lambda v: c(a(v)), fs)
out.append(compose(str, len, <applied>)(n))

def annotated(a: Missing = <small>) -> 'Nothing':
    return a
out.append(annotated())

def annotated(a: int, c: 'Missing' = 1) -> list:
    v: int = a
    w: Missing
    return v
out.append((annotated(k), sorted(annotated.__annotations__)))

work = lambda: None
work.calls = <small>
work.calls += k
out.append((work.calls, work.__name__))

out.append([*range(k), *s, *d])
out.append({**d, 'z': <mixed>})

def gather(*args, sep=<char>):
    return sep.join(str(c) for c in args)
out.append(gather(*xs, k, sep='/') + gather(<mixed>))

x = <float>
def shadow(s):
    s = s * 2
    x = len(s)
    return s, x
out.append([shadow(t), s, x])

out.append(f'{(v := k + 1)}{v:>4}')
out.append(v)

try:
    def early():
        return later
    out.append(early())
    later = 5
except NameError as e:
    out.append(str(e))

out.append([c.__name__ for c in (len, <applied>, traced)])""",
    "assign": "+=\n-=\n*=\n//=\n+=\n%=\n^=",
    "late": "i=i\n*i\n<nothing>\n<nothing>\ni=i",
    "default": "i\nk\n[]\ni * 2",
    "grown": "list(seen)\nlen(seen)\nseen\nseen[:1]",
    "filter": "i != k\nc\ni % 2\nnot c\nc == i\nTrue",
    "wrapped": "function(*args, **more)\n[function(*args, **more)]\nfunction(*args)\n"
    "function(*args, **more) or 'nothing'",
    "cached": "None\n2\n0\n128\n1",
    "base_case": "a\n[]\n''\n1\n(a,)",
    "recursive": "down(a - 1)\n[a, down(a - 1)]\ndown(a - 2) + down(a - 1)\na * down(a - 1)\n(down(a - 1), a)\n"
    "down(a - 1) + [a]",
    "calling": "k\nk, n\nk, c=n\n*xs\nk, n, *xs\nk, **d\nk, n, e=3\na=k\nk, n, s, q=1\n*s, e=2\n1, c=2, e=3\n"
    "1, 2, c=3\n<nothing>",
    "subjects": "k\nn\ns\nxs\np\nd\n<mixed>\n(k, n)\n[xs, k]\n{'a': n, **d}\nx\nm\n(k, s, x)\nb\n[s, k]",
    "literal_pattern": "<small>\n<str>\nNone\nTrue\n<float>\n[]\n(1, 2)\n{'a': 1}\n-1\n[_, _]\nint()\n{}",
    "nested_pattern": "[q]\n[q, _]\n(_, q, *_)\n[[q, *_], *_]\n{'a': q}\nint(q)\nstr(q)\n(int() as q, str())\n"
    "[*q, <small>]\nlist(q)\n"
    "float(q)\n[_, *q]\n{'a': int() | str() as q}\ncomplex(real=q)\n(None | True) as q",
    "guard": "q\nq != k\nn > k\nTrue\nisinstance(q, int)\nlen(q) > 1",
    "leave": "break\ncontinue\npass\nbreak",
    "cond_bool": "k > n\nbool(s)\nx == y",
    "applied": "str\nabs\nbool\nlist\nhex",
    # what hangs on chance
    "chance": r"""
id(xs) % 1000
id(s) == id(t), id(k) > 0
hash(s) % <positive>
hash(t) & 1
hash((s, n)) % 10
hash(b) % <positive>
hash(frozenset(ws)) % 7
hash(None) % 16
repr(object())
str(lambda: 0)[-8:]
repr(len), repr(f)
f'{iter(xs)}'
list(set(ws))
list({<word>, <word>})
list({<word>, <word>, <word>})
''.join(set(s))
''.join(frozenset(ws))
next(iter(set(ws)), None)
set(ws + [t]).pop()
{*ws, t}.pop()
str(set(ws))
f'{set(ws)}'
list(set(s))[0:1]
list(set(ws) | set(s))[:2]
list(set(ws) - {t})
[c for c in frozenset(s)]
[*{c.upper() for c in ws}]
tuple(set(map(str, xs)))
list({None, 'a', k})
list({b, t, k})
list({(c, 1) for c in ws})
list(d.keys() | set(ws))
list(d.keys() & set(ws))
min(set(ws), key=len, default=0)
max(ws, key=hash, default=0)
sorted(ws, key=hash)
sorted(set(ws), key=len)
sorted([xs, ys, m], key=id)
id(xs) < id(ys)
id(object()) == id(object())
object().__hash__() % 16
hash(object()) % 2
deep(0)
deep(0) > <positive> * 100
deep(0) % 10
bool(deep(0))
json.dumps(list(set(ws)))
dict.fromkeys(set(ws), 0)
list(dict.fromkeys(set(ws)))
dict(enumerate(set(ws)))
list(zip(set(ws), xs))
sum(map(len, set(ws)))
len(set(ws)), sorted(set(ws))
list(Counter(set(ws)))
Counter(set(ws + list(s))).most_common(1)
re.sub('|'.join(set('abc')), lambda q: q[0].upper(), s)
'|'.join({'a', 'b', t})
functools.reduce(lambda a, c: a + c, set(ws), '')
list(set(xs))
[c for c in {1.5, k, n}]
hash(x), hash(n)
[hash(c) % 5 for c in xs]
float('nan') in [float('nan')], hash(x) == hash(x)
list({x, y, float('nan')})
list(set('ab'))[0], t
dict(zip(set(ws), range(9)))
set(ws) == {*ws}, set(ws)
(lambda q: (q.discard(t), list(q)))(set(ws))
[c for c in A.__subclasses__()]
{A(): 1} and len({A(), A()})
list({A(), A(), A()})[0].v
[c.v for c in {A(1), A(2), A(3)}]
str(A())
'at 0x' in repr(A())
repr(A())[:10]
hash(A()) % 16
hash(A) % 3
hash('a') < hash('b')
sorted([A(1), A(2)], key=hash)[0].v
sorted([A(1), A(2), A(3)], key=id)[0].v
memoryview(b).__hash__() % 4
any(hash(c) % 2 for c in ws)""",
}


def _alternatives(text: str) -> tuple[str, ...]:
    """The paragraphs of a rule that has any, else its lines."""
    return tuple(text.strip("\n").split("\n\n" if "\n\n" in text else "\n"))


def _fewest_slots(options: tuple[str, ...]) -> tuple[str, ...]:
    """The alternatives that end an expansion soonest."""
    counts = [sum(slot in GRAMMAR for slot in SLOT.findall(option)) for option in options]
    return tuple(option for option, count in zip(options, counts, strict=True) if count == min(counts))


RULES = {name: _alternatives(text) for name, text in GRAMMAR.items()}
SHORT = {name: _fewest_slots(options) for name, options in RULES.items()}

# --- from parts to programs -------------------------------------------------------------------------------------------
MODULES = (
    "array bisect cmath collections copy functools heapq itertools json math numbers operator queue re "
    "statistics string textwrap typing unicodedata"
).split()
FUTURE = "from __future__ import annotations"
FROM = {
    "collections": ("ChainMap", "Counter", "OrderedDict", "defaultdict", "deque", "namedtuple"),
    "dataclasses": tuple("InitVar KW_ONLY asdict astuple dataclass field fields is_dataclass replace".split()),
    "decimal": ("Decimal",),
    "enum": ("Enum", "Flag", "IntEnum", "IntFlag", "StrEnum", "auto", "unique"),
    "fractions": ("Fraction",),
    "typing": ("Any", "ClassVar", "NamedTuple", "Optional"),
}


def _step(source: Source, expression: str, guarded: float) -> str:
    """A statement that adds the value to `out`, and sometimes what went wrong instead."""
    form = source.pick(("out.append(({}))", "out.append(({}))", "v = {}\nout.append(v)", "out += [({})]"))
    text = form.format(expression)
    if source.odds(0.08):
        text = f"if {source.value('cond')}:\n{indent(text, '    ')}"
    if source.odds(guarded):
        caught = source.value("caught") if source.odds(4 * (1 - guarded)) else "Exception"
        text = f"try:\n{indent(text, '    ')}\nexcept {caught} as e:\n    out.append({source.value('shown')})"
    return text


def _expressions(source: Source, *rules: str, guarded: float = 0.6) -> str:
    """The body of a function that puts together values of expressions from these rules."""

    def expression() -> str:
        return source.value(source.pick(rules))

    style = source.count(0, 9)
    if style < 2:
        return f"return {expression()}"
    if style < 3:
        return f"return [({expression()}), ({expression()})]"
    if style < 4:
        return f"v = {expression()}\nreturn (v, type(v).__name__)"
    if style < 5:
        caught = f"except {source.value('caught')} as e:\n    return {source.value('shown')}"
        return f"try:\n    return {expression()}\n{caught}"
    steps = [_step(source, expression(), guarded) for _ in range(source.count(1, 4))]
    result = source.pick(("out", "out", "out", "tuple(out)", "out[::-1]", "len(out), out"))
    return "\n".join(["out = []", *steps, f"return {result}"])


def _changes(source: Source, change: str, expression: str, result: str, guarded: float = 0.5, setup: str = "") -> str:
    """The body of a function that changes things step by step and says what has become of them."""
    steps = []
    for _ in range(source.count(1, 3)):
        text = source.value(change)
        if source.odds(guarded):
            text = f"try:\n{indent(text, '    ')}\nexcept Exception as e:\n    out.append({source.value('shown')})"
        steps.append(text)
        if source.odds(0.5):
            steps.append(_step(source, source.value(expression), guarded))
    return "\n".join(["out = []", *([setup] if setup else []), *steps, f"return {result}"])


def _plain_kind(rule: str, guarded: float = 0.6):
    return lambda source: ("", _expressions(source, rule, guarded=guarded))


def _slices(source: Source) -> tuple[str, str]:
    if source.odds(0.4):
        return "", _expressions(source, "slices")
    result = source.pick(("out, xs", "[out, xs, s]", "(xs, ys, out)", "xs"))
    return "", _changes(source, "slice_change", "slices", result)


def _dicts(source: Source) -> tuple[str, str]:
    if source.odds(0.65):
        return "", _expressions(source, "dicts")
    result = source.pick(("out, d", "[out, list(d.items())]", "(d, list(d), out)"))
    return "", _changes(source, "dict_change", "dicts", result)


def _iterators(source: Source) -> tuple[str, str]:
    maker = source.value("generator")
    if "inner(a)" in maker and "def inner" not in maker:
        maker = "def inner(a):\n    yield a\n    return a + 1\n\n" + maker
    noted = source.pick(("c", "c", "c + 1", "not c", "c % 3"))
    head = f"log = []\n\ndef note(c):\n    log.append(c)\n    return {noted}\n\n{maker}"
    setup = f"g = make({source.pick(('k', 'k', 'n % 7', '1', '0'))})"
    result = source.pick(("out, log", "[out, log, list(xs)]", "out", "(out, len(log))"))
    if source.odds(0.5):
        return head, _changes(source, "iterate_change", "iterate", result, 0.7, setup)
    steps = [_step(source, source.value("iterate"), 0.75) for _ in range(source.count(1, 4))]
    return head, "\n".join(["out = []", setup, *steps, f"return {result}"])


def _some(source: Source, rule: str, low: int, high: int) -> list[str]:
    """Different alternatives of a rule, filled."""
    options = list(RULES[rule])
    return [source.fill(options.pop(source.count(0, len(options) - 1)), 1) for _ in range(source.count(low, high))]


def _uses(source: Source, use: str, change: str, guarded: float = 0.75) -> str:
    steps = []
    for _ in range(source.count(2, 5)):
        text = source.value(change if source.odds(0.25) else use)
        try:
            ast.parse(text, mode="eval")
        except SyntaxError:  # a statement
            if source.odds(guarded):
                text = f"try:\n    {text}\nexcept Exception as e:\n    out.append({source.value('shown')})"
            steps.append(text)
        else:
            steps.append(_step(source, text, guarded))
    return "\n".join(steps)


def _classes(source: Source) -> tuple[str, str]:
    base = source.pick(("",) * 7 + ("(object)", "(dict)", "(list)", "(Base)", "(Base)"))
    slots = source.pick(("",) * 6 + ("__slots__ = ('v', 'items')", "__slots__ = ('v', 'items', '_total')"))
    parts = [slots] if slots else [f"count = {source.slot_small()}"]
    start = "def __init__(self, v, items=()):\n    self.v = v\n    self.items = list(items)"
    parts += [start, *_some(source, "method", 3, 8)]
    head = f"class A{base}:\n" + indent("\n\n".join(parts), "    ")
    if base == "(Base)":
        more = "def describe(self):\n    return 'base'\n\ndef __len__(self):\n    return 5"
        head = f"class Base:\n{indent(more, '    ')}\n\n\n{head}"
    if source.odds(0.5) and "def __lt__" in head:
        head = "@functools.total_ordering\n" + head
    head += "\n\n\nclass B(A):\n" + indent("\n\n".join(_some(source, "sub", 1, 3)), "    ")
    body = "out = []\no, q, z = A(k, xs), A(<small>, [1, <small>]), B(k, [<small>])\n"
    body += _uses(source, "use", "use_change", 0.93)
    return head, source.fill(body) + f"\nreturn {source.pick(('out', 'out', 'out, o.items', '(out, o.v)'))}"


def _dataclasses(source: Source) -> tuple[str, str]:
    methods = "\n\n".join(_some(source, "data_method", 0, 2)) or "pass"
    fields = source.value("fields")
    head = f"@dataclass{source.value('options')}\nclass D:\n" + indent(f"{fields}\n\n{methods}", "    ")
    if source.odds(0.3):
        head = FUTURE + head
    more = source.pick(("",) * 7 + (", c=2",))
    body = source.fill(f"out = []\no, q = D(k{more}), D(<small>)\n") + _uses(source, "data_use", "data_change", 0.95)
    if re.search(r"\bE\(", body):
        frozen = "(frozen=True)" if "frozen" in head else ""
        head += source.fill(f"\n\n\n@dataclass{frozen}\nclass E(D):\n    e: int = <small>")
    if re.search(r"\bN\b", body):
        head += "\n\n\nclass N(NamedTuple):\n    a: int\n    c: Any = None"
    if re.search(r"\bP\(", body):
        head += "\n\n\nP = namedtuple('P', 'x y z', defaults=(1, 2))"
    return head, body + "\nreturn out"


def _enums(source: Source) -> tuple[str, str]:
    methods = "\n\n".join(_some(source, "enum_method", 1, 2))
    base, members = source.value("base_enum"), source.value("members")
    while source.odds(0.9) and ("'" in members) != (base in ("str, Enum", "StrEnum")) and base != "Enum":
        members = source.value("members")  # most of the time some that the base can have
    head = f"class E({base}):\n" + indent(f"{members}\n\n{methods}", "    ")
    if source.odds(0.1):
        head = "@unique\n" + head
    return head, "out = []\n" + _uses(source, "enum_use", "enum_change", 0.93) + "\nreturn out"


_OWN = """
class Own(<exception_base>):
    pass


class Sub(Own):
    def __init__(self, *args):
        super().__init__(<own_args>)
        self.code = len(args)

    <own_str>


def helper(c):
    if c > <small>:
        raise <raised_by>('helper', c)
    return c * 2"""


def _exceptions(source: Source) -> tuple[str, str]:
    head = source.fill(_OWN).strip("\n")
    body = "out = []\n" + "\n".join(source.value("attempt") for _ in range(source.count(1, 3))) + "\nreturn out"
    if "Guard(" in body:
        head += (
            "\n\n\nclass Guard:\n    def __init__(self, quiet):\n        self.quiet = quiet\n\n"
            "    def __enter__(self):\n        return self\n\n"
            "    def __exit__(self, kind, e, trace):\n        self.seen = str(e)\n        return self.quiet"
        )
    if source.odds(0.45):  # whatever is left over is told instead of raised
        left = f"return ('left', {source.value('shown_error')}, out)"
        body = f"try:\n{indent(body, '    ')}\nexcept Exception as e:\n    {left}"
    return head, body


def _scoping(source: Source) -> tuple[str, str]:
    parts = []
    for part in _some(source, "scoping", 1, 4):
        if source.odds(0.4):
            part = f"try:\n{indent(part, '    ')}\nexcept Exception as e:\n    out.append({source.value('shown')})"
        parts.append(part)
    result = source.pick(("out", "out", "tuple(out)", "(out, k)"))
    return "", "\n".join(["out = []", *parts, f"return {result}"])


def _mixed(source: Source) -> tuple[str, str]:
    rules = ("formats", "strings", "slices", "numbers", "regex", "dicts", "sorting", "library")
    return "", _expressions(source, source.pick(rules), source.pick(rules), source.pick(rules))


def _chance(source: Source) -> tuple[str, str]:
    body = _expressions(source, "chance", guarded=0.3)
    head = ""
    if re.search(r"\bdeep\(", body):
        head = "def deep(c):\n    try:\n        return deep(c + 1)\n    except RecursionError:\n        return c"
    if re.search(r"\bA\b", body):
        head += "\n\n\nclass A:\n    def __init__(self, v=0):\n        self.v = v"
    return head.strip("\n"), body


KINDS = {
    "formats": _plain_kind("formats"),
    "strings": _plain_kind("strings"),
    "slices": _slices,
    "numbers": _plain_kind("numbers", 0.75),
    "regex": _plain_kind("regex"),
    "iterators": _iterators,
    "classes": _classes,
    "dataclasses": _dataclasses,
    "enums": _enums,
    "exceptions": _exceptions,
    "dicts": _dicts,
    "scoping": _scoping,
    "sorting": _plain_kind("sorting"),
    "library": _plain_kind("library"),
    "mixed": _mixed,
    "chance": _chance,
}
WEIGHTS = {"dataclasses": 0.5, "enums": 0.5, "chance": 0.5}


def _program(source: Source, head: str, body: str) -> tuple[str, str]:
    """A whole program, with imports and parameters for the names that its parts use, and its arguments."""
    tree = ast.parse(f"{head}\ndef f():\n{indent(body, '    ')}")
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    given = [name for name in NAMED if name in names] or ["n"]
    lines = [f"import {name}" for name in MODULES if name in names]
    for module, parts in FROM.items():
        used = [part for part in parts if part in names]
        lines += [f"from {module} import {', '.join(used)}"] if used else []
    future = FUTURE if head.startswith(FUTURE) else ""
    head = head.removeprefix(future)
    sections = [future, "\n".join(lines), head.strip("\n"), f"def f({', '.join(given)}):\n{indent(body, '    ')}"]
    return "\n\n".join(part for part in sections if part) + "\n", source.arguments(given)


def programs(seed: int, count: int) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, program, arguments), `count` times; the program defines `f`, to be called as `f(arguments)`."""
    source = Source(seed)
    names = list(KINDS)
    weights = [WEIGHTS.get(name, 1.0) for name in names]
    made = 0
    while made < count:
        kind = source.chance.choices(names, weights)[0]
        try:
            program, arguments = _program(source, *KINDS[kind](source))
        except SyntaxError:  # some combinations are no Python; an executor is not asked about them here
            continue
        made += 1
        yield kind, program, arguments
