//! The walk over a JSON text (RFC 8259): it checks the grammar and the depth, and decodes nothing.

/// Objects and arrays inside each other, the outermost counted.
const MAX_LEVELS: u32 = 128;

/// Why a text is not the JSON that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at}")]
pub(crate) struct JsonError {
    pub(crate) what: &'static str,
    pub(crate) at: usize,
}

/// A part of a text.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    pub(super) fn of(self, text: &str) -> &str {
        &text[self.start as usize..self.end as usize]
    }
}

/// A place in a text.
pub(super) struct Walk<'a> {
    text: &'a str,
    pub(super) at: usize,
}

/// A string in the text, its quotes left out of `content`.
#[derive(Clone, Copy)]
pub(super) struct Quoted {
    pub(super) content: Span,
    pub(super) escaped: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn over(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// At the first item of a checked array or object; at the end where it is something else.
    pub(super) fn inside(value: &'a str, open: u8) -> Self {
        let mut walk = Self::over(value);
        if !walk.take(open) {
            walk.at = value.len();
        }
        walk
    }

    /// Steps over white space and a comma, and says whether an item follows in a checked value.
    pub(super) fn at_item(&mut self) -> bool {
        self.space();
        if self.take(b',') {
            self.space();
        }
        !matches!(self.peek(), None | Some(b']' | b'}'))
    }

    /// One value that stands inside of so many objects and arrays.
    pub(super) fn value(&mut self, level: u32) -> Result<Span, JsonError> {
        let start = self.at;
        let mut open = 0;
        // Which of the open ones are objects, the innermost in the lowest bit.
        let mut objects = 0_u128;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.quoted()?;
                }
                Some(bracket @ (b'{' | b'[')) => {
                    if level + open >= MAX_LEVELS {
                        return Err(self.error("more than 128 levels"));
                    }
                    self.at += 1;
                    open += 1;
                    objects = objects << 1 | u128::from(bracket == b'{');
                    self.space();
                    match (bracket, self.peek()) {
                        (b'{', Some(b'}')) | (b'[', Some(b']')) => {}
                        (b'{', _) => {
                            self.name()?;
                            continue;
                        }
                        _ => continue,
                    }
                }
                Some(b't') => self.literal(b"true")?,
                Some(b'f') => self.literal(b"false")?,
                Some(b'n') => self.literal(b"null")?,
                _ => self.number()?,
            }
            // After a value: on to the next one, past the ends of what it completes.
            loop {
                if open == 0 {
                    return Ok(self.span_from(start));
                }
                self.space();
                let object = objects & 1 == 1;
                if self.take(if object { b'}' } else { b']' }) {
                    open -= 1;
                    objects >>= 1;
                    continue;
                }
                self.expect(b',', "expected a comma or the end of an object or array")?;
                self.space();
                if object {
                    self.name()?;
                }
                break;
            }
        }
    }

    /// A member's name, up to its value.
    pub(super) fn name(&mut self) -> Result<Quoted, JsonError> {
        if self.peek() != Some(b'"') {
            return Err(self.error("expected a member's name"));
        }
        let name = self.quoted()?;
        self.space();
        self.expect(b':', "expected a colon")?;
        self.space();
        Ok(name)
    }

    /// A string, from its opening quote.
    fn quoted(&mut self) -> Result<Quoted, JsonError> {
        self.at += 1;
        let start = self.at;
        let mut escaped = false;
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
            self.at += rest.iter().position(special).unwrap_or(rest.len());
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at += 1;
                    self.escape()?;
                }
                Some(_) => return Err(self.error("a control character")),
                None => return Err(self.error("a string without its end")),
            }
        }
        let content = self.span_from(start);
        self.at += 1;
        Ok(Quoted { content, escaped })
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                let digits = self.text.as_bytes().get(self.at + 1..self.at + 5);
                if !digits.is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit)) {
                    return Err(self.error("expected four hexadecimal digits after"));
                }
                self.at += 5;
            }
            _ => return Err(self.error("an unknown escape")),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') && !self.digits() {
            self.at = start;
            return Err(self.error("expected a value"));
        }
        if self.take(b'.') && !self.digits() {
            return Err(self.error("expected a digit"));
        }
        if self.take(b'e') || self.take(b'E') {
            let _signed = self.take(b'+') || self.take(b'-');
            if !self.digits() {
                return Err(self.error("expected a digit"));
            }
        }
        Ok(())
    }

    fn digits(&mut self) -> bool {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        self.at > start
    }

    fn literal(&mut self, word: &[u8]) -> Result<(), JsonError> {
        if !self.text.as_bytes()[self.at..].starts_with(word) {
            return Err(self.error("expected a value"));
        }
        self.at += word.len();
        Ok(())
    }

    pub(super) fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    pub(super) fn take(&mut self, byte: u8) -> bool {
        let here = self.peek() == Some(byte);
        self.at += usize::from(here);
        here
    }

    pub(super) fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), JsonError> {
        if self.take(byte) { Ok(()) } else { Err(self.error(what)) }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// From `start` to here. `Object::parse` refuses texts whose length is over 32 bits.
    #[expect(clippy::cast_possible_truncation)]
    fn span_from(&self, start: usize) -> Span {
        Span { start: start as u32, end: self.at as u32 }
    }

    pub(super) fn error(&self, what: &'static str) -> JsonError {
        JsonError { what, at: self.at }
    }
}
