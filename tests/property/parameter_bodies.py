"""Bodies of fields with parameters."""

from __future__ import annotations

from hypothesis import strategies as st

# Pieces of fields, joined in any order.
PIECES = (
    *("text/plain", "attachment", "a", "B", "name", "filename", "charset", "boundary", "utf-8", "x.txt", "0", "9"),
    *(";", "; ", "=", '"', '"', "(", ")", "\\", " ", "\t", "/", "'", "%", "*", "<", ">", "@", ",", ":", "[", "]"),
    *("*0", "*1", "*2", "*0*", "*1*", "*=", "=utf-8''", "''", "%41", "%C3", "%A9", "%zz", "=?utf-8?q?x?=", "=?"),
    *('"a b"', '"c;d"', r'"e\"f"', "(x)", "(y;z)", "N=v", 'n="v"', "--", "é", "\udce9", "\udcc3\udca9", "\ud800"),
    *("\x00", "\x0b", "\x7f", "\xa0", "\u212a", "\r", "\n"),
)
# Whole parameters, most of which the library reads without defect.
PARAMETERS = (
    *(";a=b", "; A=c", '; n="x y"', " ; m = q ", '; k="a\\bc"', r'; k="\"\\"', '; p=""', ";", "; i=(c)d (e)", "(c)"),
    *("; f*=utf-8'en'%C3%A9", "; f*=iso-8859-1''%E9", "; l*=''x", "; o*=bogus''x", "; g*0=a", "; g*1=b", "; g=c"),
    *("; g*1*=%41", "; h*0*=utf-8''%C3", "; h*1*=%A9", '; h*2="%41"', "; q*01=a", "; t=it's", "; u=a;b", "; v="),
)
bodies = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=16).map("".join),
    st.builds(
        "{}{}".format,
        st.sampled_from(["text/plain", "A / b (c)", "inline"]),
        st.lists(st.sampled_from(PARAMETERS), max_size=6).map("".join),
    ),
    st.text(),
)
