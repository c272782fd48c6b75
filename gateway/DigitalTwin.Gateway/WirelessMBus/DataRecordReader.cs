namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>Where reading a payload came to.</summary>
internal enum RecordStatus : byte
{
    Record,
    End,
    Malformed,
}

/// <summary>Cuts a payload into records (EN 13757-3 §6); allocates nothing and never reads past the end.</summary>
internal ref struct DataRecordReader(ReadOnlySpan<byte> payload)
{
    // EN 13757-3 §6.3.5, §6.4.2: at most ten extensions of each.
    private const int ExtensionsMax = 10;
    private const int Extended = 0x80;

    private readonly ReadOnlySpan<byte> _payload = payload;
    private int _at;

    /// <summary>What stands behind a DIF 0x0F or 0x1F: the manufacturer's own, kept as it is.</summary>
    public ReadOnlySpan<byte> ManufacturerData { get; private set; }

    /// <summary>Where the next record begins.</summary>
    public readonly int Offset => _at;

    public RecordStatus Read(out DataRecord record)
    {
        record = default;
        while (_at < _payload.Length)
        {
            const byte Filler = 0x2F;
            const byte ManufacturerSpecific = 0x0F;
            const byte MoreFollows = 0x1F;
            switch (_payload[_at])
            {
                case Filler:
                    _at++;
                    continue;
                case ManufacturerSpecific or MoreFollows:
                    ManufacturerData = _payload[(_at + 1)..];
                    _at = _payload.Length;
                    return RecordStatus.End;
                default:
                    var read = default(DataRecord);
                    if (!ReadHeader(ref read) || !ReadData(ref read))
                        return RecordStatus.Malformed;
                    record = read;
                    return RecordStatus.Record;
            }
        }

        return RecordStatus.End;
    }

    /// <summary>Reads a header without its data, as a compact frame's format has them.</summary>
    public RecordStatus ReadFormat(out DataRecord record)
    {
        record = default;
        if (_at >= _payload.Length)
            return RecordStatus.End;
        var read = default(DataRecord);
        if (!ReadHeader(ref read))
            return RecordStatus.Malformed;
        record = read;
        return RecordStatus.Record;
    }

    /// <summary>
    /// How many bytes a value of that coding has; −1 where its first byte says so, −2 where there is none such.
    /// </summary>
    public static int LengthOf(DataCoding coding) => coding switch
    {
        DataCoding.None or DataCoding.Selection => 0,
        DataCoding.Integer8 or DataCoding.Bcd2 => 1,
        DataCoding.Integer16 or DataCoding.Bcd4 => 2,
        DataCoding.Integer24 or DataCoding.Bcd6 => 3,
        DataCoding.Integer32 or DataCoding.Real32 or DataCoding.Bcd8 => 4,
        DataCoding.Integer48 or DataCoding.Bcd12 => 6,
        DataCoding.Integer64 => 8,
        DataCoding.Variable => -1,
        _ => -2,
    };

    private bool ReadHeader(scoped ref DataRecord record)
    {
        var start = _at;
        var dif = _payload[_at++];
        record.Coding = (DataCoding)(dif & 0x0F);
        if (record.Coding == DataCoding.Special)
            return false;
        record.Function = (RecordFunction)(dif >> 4 & 3);
        record.Storage = (ulong)(dif >> 6 & 1);
        var more = dif;
        for (var i = 0; (more & Extended) != 0; i++)
        {
            if (i == ExtensionsMax || _at == _payload.Length)
                return false;
            more = _payload[_at++];
            record.Storage |= (ulong)(more & 0x0F) << (1 + 4 * i);
            record.Tariff |= (uint)(more >> 4 & 3) << (2 * i);
            record.Subunit |= (uint)(more >> 6 & 1) << i;
        }

        if (!ReadValueInformation(ref record))
            return false;
        record.Header = _payload[start.._at];
        return true;
    }

    private bool ReadValueInformation(scoped ref DataRecord record)
    {
        const byte PlainText = 0x7C;
        const byte AnyValue = 0x7E;
        const byte ManufacturerSpecific = 0x7F;
        const byte TableFB = 0xFB;
        const byte TableFD = 0xFD;
        if (_at == _payload.Length)
            return false;
        var vif = _payload[_at++];
        var more = vif;
        var extensions = 0;
        switch (vif)
        {
            case TableFB or TableFD:
                if (_at == _payload.Length)
                    return false;
                more = _payload[_at++];
                extensions++;
                record.Value = vif == TableFB ? ValueTables.OfExtensionFB(more) : ValueTables.OfExtensionFD(more);
                break;
            case PlainText or PlainText | Extended:
                if (_at == _payload.Length || _payload.Length - _at - 1 < _payload[_at])
                    return false;
                _at += 1 + _payload[_at];
                break;
            default:
                record.Value = ValueTables.OfPrimary(vif);
                break;
        }

        if ((vif & ~Extended) is ManufacturerSpecific or AnyValue)
            record.Modifiers |= ValueModifiers.Otherwise;
        return ReadModifiers(ref record, more, extensions);
    }

    // EN 13757-3 table 16, the combinable VIFEs.
    private bool ReadModifiers(scoped ref DataRecord record, byte more, int extensions)
    {
        const byte ManufacturerSpecific = 0x7F;
        while ((more & Extended) != 0)
        {
            if (extensions++ == ExtensionsMax || _at == _payload.Length)
                return false;
            more = _payload[_at++];
            var code = more & ~Extended;
            // Behind a manufacturer's VIFE every further one is its own too.
            if ((record.Modifiers & ValueModifiers.Otherwise) != 0)
                continue;
            switch (code)
            {
                case >= 0x01 and <= 0x1C: // 0x00 is "no error"
                    record.Modifiers |= ValueModifiers.InError;
                    break;
                case 0x00 or 0x1D: // standard conform data content
                    break;
                case 0x3A:
                    record.Modifiers |= ValueModifiers.Uncorrected;
                    break;
                case 0x3B:
                    record.Modifiers |= ValueModifiers.ForwardOnly;
                    break;
                case 0x3C:
                    record.Modifiers |= ValueModifiers.BackwardOnly;
                    break;
                case >= 0x70 and <= 0x77:
                    record.FurtherExponent += (code & 7) - 6;
                    break;
                case 0x7D:
                    record.FurtherExponent += 3;
                    break;
                case 0x7C:
                    if (!ReadPhase(ref record, ref more, ref extensions))
                        return false;
                    break;
                case ManufacturerSpecific:
                default:
                    record.Modifiers |= ValueModifiers.Otherwise;
                    break;
            }
        }

        return true;
    }

    // Table 17, behind 0xFC: 1, 2, 3 are the phases L1, L2, L3.
    private bool ReadPhase(scoped ref DataRecord record, ref byte more, ref int extensions)
    {
        const int PhasesMax = 3;
        if ((more & Extended) == 0)
        {
            record.Modifiers |= ValueModifiers.Otherwise;
            return true;
        }

        if (extensions++ == ExtensionsMax || _at == _payload.Length)
            return false;
        more = _payload[_at++];
        var code = more & ~Extended;
        if (code is >= 1 and <= PhasesMax)
            record.Phase = (byte)code;
        else
            record.Modifiers |= ValueModifiers.Otherwise;
        return true;
    }

    private bool ReadData(scoped ref DataRecord record)
    {
        var length = LengthOf(record.Coding);
        if (length == -1)
        {
            if (_at == _payload.Length)
                return false;
            record.VariableLength = _payload[_at++];
            length = DataValue.BytesOfVariable(record.VariableLength);
        }

        if (length < 0 || _payload.Length - _at < length)
            return false;
        record.Data = _payload.Slice(_at, length);
        _at += length;
        return true;
    }
}
