using System;
using System.Collections.Generic;
using System.Text;

namespace Ani3d.Messages
{
    /// <summary>The parts of a coded error as a server sends them: one JSON object of texts.</summary>
    internal sealed class ErrorParts
    {
        private const int MaxChars = 16384;
        private readonly string _text;
        private int _at;

        private ErrorParts(string text)
        {
            _text = text;
        }

        /// <summary>The texts of an object; null where it is something else.</summary>
        public static Dictionary<string, string> Read(byte[] utf8)
        {
            try
            {
                return utf8.Length > MaxChars ? null : new ErrorParts(new UTF8Encoding(false, true).GetString(utf8)).ReadObject();
            }
            catch (ArgumentException)
            {
                return null;
            }
        }

        private Dictionary<string, string> ReadObject()
        {
            var parts = new Dictionary<string, string>(StringComparer.Ordinal);
            if (!Take('{'))
            {
                return null;
            }
            do
            {
                var key = ReadText();
                var value = key != null && Take(':') ? ReadText() : null;
                if (value == null)
                {
                    return null;
                }
                parts[key] = value;
            }
            while (Take(','));
            return Take('}') && Peek() == '\0' ? parts : null;
        }

        private string ReadText()
        {
            if (!Take('"'))
            {
                return null;
            }
            var text = new StringBuilder();
            while (_at < _text.Length)
            {
                var letter = _text[_at++];
                if (letter == '"')
                {
                    return text.ToString();
                }
                if (letter == '\\' && !ReadEscape(out letter))
                {
                    return null;
                }
                text.Append(letter);
            }
            return null;
        }

        private bool ReadEscape(out char letter)
        {
            letter = _at < _text.Length ? _text[_at++] : '\0';
            switch (letter)
            {
                case '"':
                case '\\':
                case '/':
                    return true;
                case 'n':
                    letter = '\n';
                    return true;
                case 't':
                    letter = '\t';
                    return true;
                case 'r':
                    letter = '\r';
                    return true;
                case 'b':
                    letter = '\b';
                    return true;
                case 'f':
                    letter = '\f';
                    return true;
                case 'u':
                    return ReadCodeUnit(out letter);
                default:
                    return false;
            }
        }

        private bool ReadCodeUnit(out char letter)
        {
            var value = 0;
            for (var k = 0; k < 4; k++)
            {
                var digit = _at < _text.Length ? "0123456789abcdef".IndexOf(char.ToLowerInvariant(_text[_at++])) : -1;
                value = digit < 0 ? int.MinValue : value << 4 | digit;
                if (value < 0)
                {
                    letter = '\0';
                    return false;
                }
            }
            letter = (char)value;
            return true;
        }

        private bool Take(char wanted)
        {
            var found = Peek() == wanted;
            _at += found ? 1 : 0;
            return found;
        }

        // The next letter that is not white; '\0' at the end.
        private char Peek()
        {
            while (_at < _text.Length && (_text[_at] == ' ' || _text[_at] == '\n' || _text[_at] == '\t' || _text[_at] == '\r'))
            {
                _at++;
            }
            return _at < _text.Length ? _text[_at] : '\0';
        }
    }
}
